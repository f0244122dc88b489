import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** A column of the table with this name: what ties a strategy to its target at compile time. */
export type ColumnOf<TableName extends string> = AnyPgColumn<{ tableName: TableName }>;

/** A column of that table with this name. */
export type NamedColumn<TableName extends string, Name extends string> = AnyPgColumn<{
  tableName: TableName;
  name: Name;
}>;

interface OfTable<TableName extends string> {
  /** Never there at run time: it makes a strategy for one table no strategy for another. */
  readonly tableName?: TableName;
}

export interface Append<TableName extends string = string> extends OfTable<TableName> {
  readonly strategy: "append";
}

export interface DeleteInsert<TableName extends string = string> extends OfTable<TableName> {
  readonly strategy: "delete-insert";
  readonly partitionBy: ColumnOf<TableName>;
}

export interface Upsert<TableName extends string = string> extends OfTable<TableName> {
  readonly strategy: "upsert";
  readonly key: readonly ColumnOf<TableName>[];
  readonly orderBy: ColumnOf<TableName> | null;
  readonly hash: ColumnOf<TableName> | null;
}

export interface Replace<TableName extends string = string> extends OfTable<TableName> {
  readonly strategy: "replace";
  readonly minRows: number;
  readonly maxShrink: number;
  readonly swap: boolean;
}

export interface ApplyChanges<
  TableName extends string = string,
  KeyName extends string = string,
  SequenceName extends string = string,
  SoftDeleteName extends string = string,
> extends OfTable<TableName> {
  readonly strategy: "apply-changes";
  readonly key: readonly ColumnOf<TableName>[];
  readonly sequence: ColumnOf<TableName>;
  readonly softDelete: ColumnOf<TableName> | null;
  /** After so many days a tombstone goes; null where they stay. */
  readonly keepTombstonesDays: number | null;
  /** Never there at run time: with it the compiler knows what a change must give. */
  readonly columnNames?: {
    readonly key: KeyName;
    readonly sequence: SequenceName;
    readonly softDelete: SoftDeleteName;
  };
}

/** How rows come into the target table. */
export type LoadStrategy<TableName extends string = string> =
  | Append<TableName>
  | DeleteInsert<TableName>
  | Upsert<TableName>
  | Replace<TableName>
  | ApplyChanges<TableName>;

/**
 * Adds the rows and touches no other. A finished partition whose source has not changed is not loaded again, so that a
 * re-run doubles nothing; one whose source has changed is refused (SOURCE_CHANGED).
 */
export function append(): Append<never> {
  return { strategy: "append" };
}

/**
 * Makes the partition's rows in the table those of the source: what is gone is deleted, what is new is inserted, what is
 * the same is left alone, in one transaction. Rows outside the partition are rejected (OUTSIDE_PARTITION).
 */
export function deleteInsert<TableName extends string>(options: {
  /** The column that says to which partition a row belongs: a date or timestamp for time partitions, else the key's text. */
  readonly partitionBy: ColumnOf<TableName>;
}): DeleteInsert<TableName> {
  return { strategy: "delete-insert", partitionBy: options.partitionBy };
}

/**
 * Inserts new keys and updates known ones, chunk by chunk; a row that did not change is not written. Of several rows with one key
 * the last wins, or the one that `orderBy` says.
 */
export function upsert<TableName extends string>(options: {
  /** The column or columns of a unique index of the table; a null in one is a reject (NOT_NULL). */
  readonly key: ColumnOf<TableName> | readonly [ColumnOf<TableName>, ...ColumnOf<TableName>[]];
  /**
   * A column that says which of two versions of a row is the newer one, such as when it was changed: of several rows with one
   * key the highest wins (of equal ones the last), and none overwrites a row of the table that is newer; it is counted as
   * superseded. A null is older than anything, and the column must be given by the rows (ORDER_COLUMN).
   */
  readonly orderBy?: ColumnOf<TableName>;
  /**
   * A nullable text column of the table in which Millrace keeps a hash of each row, so that unchanged rows are told by it
   * alone: reloading a source that is mostly the same then sends only what changed.
   */
  readonly hash?: ColumnOf<TableName>;
}): Upsert<TableName> {
  const { key, orderBy, hash } = options;
  return {
    strategy: "upsert",
    key: Array.isArray(key) ? key : [key as ColumnOf<TableName>],
    orderBy: orderBy ?? null,
    hash: hash ?? null,
  };
}

/**
 * Applies changes captured at a source (`Change`), in whatever order they arrive and however often: of each key, the change with
 * the highest sequence wins, others are counted as superseded. A deleted key keeps its sequence, so that an older change can not
 * bring the row back. Changes that come in one chunk are applied together, each key once.
 */
export function applyChanges<
  TableName extends string,
  KeyName extends string,
  SequenceName extends string,
  SoftDeleteName extends string = never,
>(options: {
  /** The column or columns of a unique index of the table; a null in one is a reject (NOT_NULL). */
  readonly key:
    | NamedColumn<TableName, KeyName>
    | readonly [NamedColumn<TableName, KeyName>, ...NamedColumn<TableName, KeyName>[]];
  /**
   * The column that holds the sequence of a row's last change: a whole number, numeric, a timestamp, pg_lsn, or text that is a
   * whole number or an LSN such as `16/B374D848` (compared as a number); anything else is a reject (SEQUENCE).
   */
  readonly sequence: NamedColumn<TableName, SequenceName>;
  /** A nullable timestamp column: a deleted row stays as it was, and this says when it was deleted. Without it the row is deleted. */
  readonly softDelete?: NamedColumn<TableName, SoftDeleteName>;
  /**
   * How many days it is remembered that a key was deleted: longer than the latest change can be late. What is older is
   * forgotten with a run's last commit, and then an older change would bring its row back. Without it nothing is forgotten.
   */
  readonly tombstones?: { readonly keepDays: number };
}): ApplyChanges<TableName, KeyName, SequenceName, SoftDeleteName> {
  const { key, sequence, softDelete, tombstones } = options;
  if (tombstones !== undefined && !(tombstones.keepDays >= 0 && tombstones.keepDays <= MAX_DAYS))
    throw new TypeError(`tombstones are kept from 0 to ${MAX_DAYS} days: ${tombstones.keepDays}`);
  return {
    strategy: "apply-changes",
    key: Array.isArray(key) ? key : [key as ColumnOf<TableName>],
    sequence: sequence as ColumnOf<TableName>,
    softDelete: (softDelete as ColumnOf<TableName> | undefined) ?? null,
    keepTombstonesDays: tombstones?.keepDays ?? null,
  };
}

/** A hundred years. */
const MAX_DAYS = 36_525;

/**
 * Makes the whole table's rows those of the source, in one transaction. The table stays, with its privileges, indexes and
 * dependants, unless `swap` is chosen.
 */
export function replace(
  options: {
    /** Fewer rows than this from the source fail the run (REPLACE_TOO_SMALL). Default 1. */
    readonly minRows?: number;
    /** The share of the present rows that may vanish, 0 to 1; more fails the run (REPLACE_SHRANK). Default 0.5. */
    readonly maxShrink?: number;
    /**
     * Builds a new table and renames it, where the rows are too many to be written into one that is in use: with all that the
     * old one has (owner, privileges, indexes, constraints, sequences, comments, …), but views, foreign keys and others that
     * depend on it can not be taken over, so that the run fails before it begins (PREFLIGHT). Takes the owner's role. Default false.
     */
    readonly swap?: boolean;
  } = {},
): Replace<never> {
  const { minRows = 1, maxShrink = 0.5, swap = false } = options;
  return { strategy: "replace", minRows, maxShrink, swap };
}
