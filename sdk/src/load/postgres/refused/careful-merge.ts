import type pg from "pg";
import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import { quoted, type TargetColumn } from "../target-columns.ts";
import { Constraints, type ConstraintsOptions, type Suspicion } from "./constraints.ts";
import type { Refusal } from "./refusal.ts";
import { withinSavepoint } from "./savepoint.ts";
import { REFUSED, resetTrials, SUSPECTS, tryRows } from "./try-rows.ts";

/** How a strategy merges rows, as SQL: so that it can be tried on some of them. */
export interface RowsMerge {
  /** Rows of the target with the same key are replaced, and of the rows with one key the last wins; null where there is none. */
  readonly key: readonly TargetColumn[] | null;
  /**
   * Merges the rows that `from` gives: a relation that has their columns and their `ctid`, in whose order they came.
   * Returns what became of them, by the names of `Counts`.
   */
  merge(from: string): string;
}

export interface CarefulMergeOptions extends Omit<ConstraintsOptions, "key"> {
  readonly columnList: string;
  readonly rows: RowsMerge;
}

/** Merges rows some of which the server refuses, and learns from chunk to chunk which constraints it is about. */
export class CarefulMerge {
  readonly #options: CarefulMergeOptions;
  readonly #broken = new Map<string, Suspicion>();
  #constraints: Constraints | undefined;

  constructor(options: CarefulMergeOptions) {
    this.#options = options;
  }

  columnsOf({ constraint }: Refusal): readonly string[] {
    return this.#constraints?.columnsOf(constraint) ?? [];
  }

  /** Merges what the server takes of a table's rows (quoted), within a transaction; the others are then in REFUSED. */
  async merge(client: pg.Client, table: string, counts: Counts): Promise<void> {
    const { columnList, rows, target, columns } = this.#options;
    this.#constraints ??= await Constraints.read(client, { target, columns, key: rows.key });
    await resetTrials(client);
    const asked = new Set<string>();
    for (const suspicion of this.#broken.values()) {
      if (await this.#setApart(client, table, suspicion)) asked.add(suspicion.name);
    }
    for (;;) {
      const refusal = await this.#mergeOthers(client, table, { all: asked.size === 0, counts });
      if (refusal === null) break;
      const suspicion = this.#constraints.find(refusal);
      if (suspicion === undefined || asked.has(suspicion.name) || !(await this.#setApart(client, table, suspicion))) {
        const tids = `SELECT ctid FROM ${table}`;
        await tryRows(client, counts, { merge: (from) => rows.merge(from), columnList, table, tids, alone: false });
        return;
      }
      asked.add(suspicion.name);
      this.#broken.set(suspicion.name, suspicion);
    }
    await tryRows(client, counts, { merge: (from) => rows.merge(from), columnList, table, tids: `SELECT DISTINCT tid AS ctid FROM ${SUSPECTS}`, alone: true });
  }

  async #mergeOthers(client: pg.Client, table: string, { all, counts }: { readonly all: boolean; readonly counts: Counts }): Promise<Refusal | null> {
    const { columnList, rows } = this.#options;
    const others = `(SELECT ctid, ${columnList} FROM ${table} WHERE ctid NOT IN (SELECT tid FROM ${SUSPECTS})) AS others`;
    const merged = noCounts();
    const refusal = await withinSavepoint(client, async () => {
      addCounts(merged, (await client.query<Partial<Counts>>(rows.merge(all ? table : others))).rows[0]!);
    });
    if (refusal === null) addCounts(counts, merged);
    return refusal;
  }

  /** False where the server can not say it of all rows at once: where an expression fails on one of them, or a table may not be read. */
  async #setApart(client: pg.Client, table: string, suspicion: Suspicion): Promise<boolean> {
    try {
      await client.query("SAVEPOINT millrace");
      await client.query(`INSERT INTO ${SUSPECTS} ${this.#withTheirKeys(table, suspicion.suspects(table))}`);
      await client.query("RELEASE millrace");
      return true;
    } catch {
      await client.query("ROLLBACK TO millrace; RELEASE millrace");
      return false;
    }
  }

  /** Adds the rows that have a suspect's key: which of them wins depends on which are refused. */
  #withTheirKeys(table: string, suspects: string): string {
    const { key } = this.#options.rows;
    if (key === null) return suspects;
    const keys = key.map(({ name }) => quoted(name)).join(", ");
    return `WITH suspects AS (${suspects}) SELECT ctid FROM suspects
UNION SELECT ctid FROM ${table} WHERE (${keys}) IN (SELECT ${keys} FROM ${table} WHERE ctid IN (SELECT ctid FROM suspects))`;
  }
}

export interface RefusedRow extends Refusal {
  /** From 0, among the rows of the stage. */
  readonly row: number;
  /** The row itself, as JSON. */
  readonly record: unknown;
}

export interface RefusedRowsOptions {
  /** The table that was merged from, quoted. */
  readonly table: string;
  readonly columnList: string;
  /** What ascends in the order in which rows came. */
  readonly order: string;
  /** The table that rows are numbered in. */
  readonly among: string;
}

/** What is in REFUSED. */
export async function refusedRows(client: pg.Client, { table, columnList, order, among }: RefusedRowsOptions): Promise<RefusedRow[]> {
  const { rows } = await client.query<RefusedRow>(
    `SELECT number - 1 AS row, sql_state AS "sqlState", message, detail, column_name AS "column", constraint_name AS "constraint",
  (SELECT to_json(given) FROM (SELECT ${columnList} FROM ${table} WHERE ctid = tid) AS given) AS record
FROM ${REFUSED} JOIN (SELECT ctid AS tid, ${order} AS place FROM ${table}) merged USING (tid)
JOIN (SELECT ${order} AS place, row_number() OVER (ORDER BY ${order})::int AS number FROM ${among}) numbered USING (place) ORDER BY 1`,
  );
  return rows;
}
