import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { ApplyChanges } from "../../strategy.ts";
import { columnList, quoted, quotedTable, tableName, type TargetColumn } from "../target-columns.ts";

/** The columns of a target of changes, by what they are to them. */
export interface ChangeColumns {
  /** The target, quoted. */
  readonly target: string;
  /** As tombstones name it: `schema.table`. */
  readonly tableName: string;
  readonly key: readonly TargetColumn[];
  readonly sequence: TargetColumn;
  /** Says when a row was deleted; null where deleted rows go. */
  readonly softDelete: TargetColumn | null;
  readonly others: readonly TargetColumn[];
  /** All of the target's: key, sequence, others, softDelete. */
  readonly all: readonly TargetColumn[];
  /** In the stage alone: the key that the row had before. */
  readonly previousKey: readonly TargetColumn[];
  /** Those that rows give: all but what is left to its default. Known once the first row that is no deletion was encoded. */
  written: readonly TargetColumn[] | undefined;
  /** The source has truncated the table: known once such a change was encoded. */
  truncated: boolean;
}

/** Given the columns of the table. */
export function changeColumns(
  table: AnyPgTable,
  { load, columns }: { readonly load: ApplyChanges; readonly columns: readonly TargetColumn[] },
): ChangeColumns {
  const find = (name: string) => columns.find((column) => column.name === name)!;
  const key = load.key.map(({ name }) => ({ ...find(name), notNull: true }));
  const sequence = { ...find(load.sequence.name), notNull: true };
  const softDelete = load.softDelete && find(load.softDelete.name);
  const special = new Set([...key, sequence, ...(softDelete ? [softDelete] : [])].map(({ name }) => name));
  const others = columns.filter(({ name }) => !special.has(name));
  const all = [...key, sequence, ...others, ...(softDelete ? [softDelete] : [])];
  const previousKey = key.map((column, index) => ({
    ...column,
    name: `millrace_previous_${index + 1}`,
    notNull: false,
  }));
  return {
    target: quotedTable(table),
    tableName: tableName(table),
    key,
    sequence,
    softDelete,
    others,
    all,
    previousKey,
    written: undefined,
    truncated: false,
  };
}

/** The stage's column that says what a change is. */
export const OPERATION = "millrace_operation";

export const Operation = {
  /** The row is there. */
  write: "w",
  /** The source said so. */
  delete: "d",
  /** The row has another key since. */
  move: "m",
  /** All rows are gone that are older. */
  truncate: "t",
} as const;

/** The columns that are staged, in the order of their encoding. */
export function stagedColumns({ all, sequence, previousKey }: ChangeColumns): readonly TargetColumn[] {
  return [...all, { ...sequence, name: OPERATION, sqlType: "text" }, ...previousKey];
}

/** A SELECT of the stage's columns in their types. */
export function stageSelect({ target, all, key, previousKey }: ChangeColumns): string {
  const previous = previousKey.map(({ name }, index) => `${quoted(key[index]!.name)} AS ${name}`);
  return `SELECT ${columnList(all)}, ''::text AS ${OPERATION}, ${previous.join(", ")} FROM ${target}`;
}

/** SQL for two relations having the same key. */
export function sameKey({ key }: Pick<ChangeColumns, "key">, one: string, other: string): string {
  return key.map(({ name }) => `${one}.${quoted(name)} = ${other}.${quoted(name)}`).join(" AND ");
}
