import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { ApplyChanges } from "../../strategy.ts";
import { tableName, targetColumns, type TargetColumn } from "../target-columns.ts";

/** The columns of a target of changes, by what they are to them. */
export interface ChangeColumns {
  /** The target, as tombstones name it: `schema.table`. */
  readonly table: string;
  readonly key: readonly TargetColumn[];
  readonly sequence: TargetColumn;
  /** Says when a row was deleted; null where deleted rows go. */
  readonly softDelete: TargetColumn | null;
  readonly others: readonly TargetColumn[];
  /** All of them, in the order of their encoding: key, sequence, others, softDelete. */
  readonly all: readonly TargetColumn[];
  /** Those that rows give: all but what is left to its default. Known once the first row that is no deletion was encoded. */
  written: readonly TargetColumn[] | undefined;
}

export function changeColumns(table: AnyPgTable, load: ApplyChanges): ChangeColumns {
  const columns = targetColumns(table);
  const find = (name: string) => columns.find((column) => column.name === name)!;
  const key = load.key.map(({ name }) => ({ ...find(name), notNull: true }));
  const sequence = { ...find(load.sequence.name), notNull: true };
  const softDelete = load.softDelete && find(load.softDelete.name);
  const special = new Set([...key, sequence, ...(softDelete ? [softDelete] : [])].map(({ name }) => name));
  const others = columns.filter(({ name }) => !special.has(name));
  const all = [...key, sequence, ...others, ...(softDelete ? [softDelete] : [])];
  return { table: tableName(table), key, sequence, softDelete, others, all, written: undefined };
}

/** Columns of the stage beside those of the target. */
export const OPERATION = "millrace_operation";

/** Where the stage has the key that a row had before. */
export function previousKey({ key }: ChangeColumns): readonly { readonly name: string }[] {
  return key.map((_, index) => ({ name: `millrace_previous_${index + 1}` }));
}

/** What a change is in the stage. */
export const Operation = {
  /** The row is there. */
  write: "w",
  /** The source said so. */
  delete: "d",
  /** The row has another key since. */
  move: "m",
} as const;
