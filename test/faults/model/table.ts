import { days, type Way } from "./operators.ts";
import type { Row, SourceRecord } from "./records.ts";

/** What a table holds. */
export interface Table {
  /** By key; by number where a row may come twice. */
  readonly rows: ReadonlyMap<number, Row & { readonly gone: boolean }>;
  /** Sequences of deletions, by key. */
  readonly tombstones: ReadonlyMap<number, number>;
  /** Of a second table, to which all rows are appended. */
  readonly log: readonly Row[];
}

export const emptyTable: Table = { rows: new Map(), tombstones: new Map(), log: [] };

export interface ApplyOptions {
  readonly way: Exclude<Way, "whole">;
  readonly soft: boolean;
}

/** The table once these records, one after the other, have come into it. */
export function apply(table: Table, records: readonly SourceRecord[], { way, soft }: ApplyOptions): Table {
  const rows = new Map(table.rows);
  const tombstones = new Map(table.tombstones);
  const log = [...table.log];
  for (const { outcome } of records) {
    if (outcome.kind !== "row" && outcome.kind !== "delete") continue;
    const { row } = outcome;
    if (way === "append") rows.set(rows.size, { ...row, gone: false });
    else if (way === "upsert") rows.set(row.id, { ...row, gone: false });
    else if (way === "commits") {
      rows.set(row.id, { ...row, gone: false });
      log.push(row);
    } else {
      const newest = Math.max(rows.get(row.id)?.sequence ?? 0, tombstones.get(row.id) ?? 0);
      if ((row.sequence ?? 0) <= newest) continue;
      if (outcome.kind === "row") {
        rows.set(row.id, { ...row, gone: false });
        tombstones.delete(row.id);
      } else if (soft && rows.has(row.id)) {
        rows.set(row.id, { ...rows.get(row.id)!, sequence: row.sequence, gone: true });
      } else {
        rows.delete(row.id);
        tombstones.set(row.id, row.sequence ?? 0);
      }
    }
  }
  return { rows, tombstones, log };
}

/** The table once the rows of a day (or all) are those of a source. */
export function replace(table: Table, records: readonly SourceRecord[], day: number | null): Table {
  const kept = [...table.rows].filter(([, row]) => day !== null && row.day !== days[day]);
  return apply({ ...emptyTable, rows: new Map(kept) }, records, { way: "upsert", soft: false });
}
