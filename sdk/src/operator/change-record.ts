import { getTableColumns, type Column } from "drizzle-orm";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { ApplyChanges } from "../load/strategy.ts";
import { changeRecordOf, type ChangeRecord } from "../record/change-record.ts";
import { tableRecord, type TableRecordOptions } from "../record/table-record.ts";
import type { LoadedOf } from "./loaded-rows.ts";

export interface ChangeRecordOptions<Table extends AnyPgTable> extends TableRecordOptions<Table> {
  /** The field that says what was done: insert, update, delete, truncate, or their first letters. Default `operation`. */
  readonly operation?: string;
}

/**
 * The record of an operator with `applyChanges` for changes whose fields are the table's columns, beside one that says what was done.
 * Of a deletion no more than key and sequence is looked at, and when it was, where that has a column. Without a transform, changes
 * of a CSV file stay bytes all the way into the table.
 */
export function changeRecord<Table extends AnyPgTable, Load extends ApplyChanges>(
  table: Table,
  load: Load,
  { operation = "operation", fields = {} }: ChangeRecordOptions<Table> = {},
): ChangeRecord<LoadedOf<Table, Load>> {
  const columns = getTableColumns(table) as Record<string, Column>;
  const all = tableRecord(table, { fields }).fields;
  const find = (name: string) => all.find(({ key }) => columns[key]!.name === name)!;
  const key = load.key.map(({ name }) => find(name));
  const sequence = find(load.sequence.name);
  const deletedAt = load.softDelete === null ? null : find(load.softDelete.name);
  const special = new Set([...key, sequence, deletedAt]);
  return changeRecordOf({ operation, key, sequence, others: all.filter((field) => !special.has(field)), deletedAt });
}
