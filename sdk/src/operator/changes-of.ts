import { getTableColumns, type Column } from "drizzle-orm";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { ChangedValues, ChangeEvent } from "../extract/changes/change-event.ts";
import { parseLsn } from "../extract/replication/lsn.ts";
import { passes, PostgresText } from "../load/postgres/driver-value.ts";
import type { ApplyChanges } from "../load/strategy.ts";
import type { LoadedOf } from "./loaded-rows.ts";

export interface ChangesOfOptions<Table extends AnyPgTable> {
  /** Names at the source, where they are not the columns' own. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string };
}

type Row = Record<string, unknown>;

/**
 * The transform of an operator with `applyChanges` for events of `replication`, `debezium` or `changeFields`: makes of each what is to
 * be done to the target. Columns are matched by name, what the target lacks is left out; null (no event) is filtered. Text for a
 * column of JSON is JSON.
 */
export function changesOf<Table extends AnyPgTable, Load extends ApplyChanges>(
  table: Table,
  load: Load,
  { fields }: ChangesOfOptions<Table> = {},
): (event: ChangeEvent | null) => LoadedOf<Table, Load> | null {
  const names = (fields ?? {}) as Readonly<Record<string, string>>;
  const columns = Object.entries(getTableColumns(table) as Record<string, Column>).filter(
    ([, column]) => column.generated === undefined && column.generatedIdentity?.type !== "always",
  );
  const special = [load.sequence.name, load.softDelete?.name];
  const given: readonly Given[] = columns
    .filter(([, { name }]) => !special.includes(name))
    .map(([key, column]) => ({ key, name: names[key] ?? column.name, value: valueOf(column) }));
  const keys = given.filter(({ key }) => load.key.some(({ name }) => name === getTableColumns(table)[key]!.name));
  const keyOf = (name: string | undefined) => columns.find(([, column]) => column.name === name)?.[0];
  const sequenceKey = keyOf(load.sequence.name)!;
  const markKey = keyOf(load.softDelete?.name);
  const toSequence = sequenceOf(load.sequence.getSQLType());
  const place = (event: ChangeEvent, values: ChangedValues | null, from: readonly Given[]): Row => {
    const row: Row = values === null ? {} : picked(values, from);
    row[sequenceKey] = toSequence(event);
    return row;
  };

  return (event) => {
    if (event === null) return null;
    const { operation, before, after, at } = event;
    if (operation === "truncate" || operation === "delete" || after === null) {
      const row = place(event, operation === "truncate" ? null : (before ?? after), keys);
      if (markKey !== undefined && at !== null) row[markKey] = at;
      return { operation: operation === "truncate" ? operation : "delete", row } as LoadedOf<Table, Load>;
    }
    const moved =
      before !== null && keys.every(({ name }) => before[name] !== undefined) && hasMoved(keys, before, after);
    return {
      operation,
      row: place(event, after, given),
      previousKey: moved ? picked(before, keys) : null,
    } as unknown as LoadedOf<Table, Load>;
  };
}

/** A column and what it is filled with. */
interface Given {
  readonly key: string;
  readonly name: string;
  readonly value: ((value: unknown) => unknown) | null;
}

/** In a loop: there are millions of them. */
function picked(values: ChangedValues, from: readonly Given[]): Row {
  const row: Row = {};
  for (const { key, name, value } of from) {
    const given = values[name];
    if (given !== undefined) row[key] = value === null ? given : value(given);
  }
  return row;
}

function hasMoved(keys: readonly Given[], before: ChangedValues, after: ChangedValues): boolean {
  return keys.some(({ name }) => String(before[name]) !== String(after[name]));
}

/** drizzle would make a JSON string of text that is JSON, and may not know a type of one's own as text. */
function valueOf(column: Column): ((value: unknown) => unknown) | null {
  if (passes(column) || (column.dataType !== "json" && column.dataType !== "custom")) return null;
  return (value) => (typeof value === "string" ? new PostgresText(value) : value);
}

/** An LSN is a number to columns of numbers, and a time is when it happened. */
function sequenceOf(sqlType: string): (event: ChangeEvent) => string | null {
  if (/^(timestamp|date)\b/.test(sqlType)) return ({ at }) => at;
  if (sqlType === "pg_lsn" || /^(text$|varchar\b)/.test(sqlType)) return ({ sequence }) => sequence;
  return ({ sequence }) => (sequence.includes("/") ? String(parseLsn(sequence)) : sequence);
}
