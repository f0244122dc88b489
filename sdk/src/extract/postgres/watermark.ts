import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import type { Relation, SourceColumn } from "./relation.ts";

/** The column by which new and changed rows of a source are found. */
export interface Watermark {
  readonly column: string;
  /** Rows so much older than the last one are read again; null for the default. */
  readonly lag: string | null;
  readonly horizon: boolean;
  readonly timeZone: string;
}

export interface WatermarkOptions {
  /**
   * Of a column of times: rows so far behind the last one read are read again in the next run, as a PostgreSQL interval, for
   * clocks that differ and transactions that nobody sees. Default `5 minutes`; with `0` no row is read twice, so that they may
   * be appended.
   */
  readonly lag?: string;
  /**
   * Reads no further than where transactions that still run at the source can add rows: up to the start of the oldest one by a
   * column of times, else after waiting for those that write. Default true; `false` where all rows come with their final order.
   */
  readonly horizon?: boolean;
  /** The time zone that a column without one is written in. Default `UTC`. */
  readonly timeZone?: string;
}

/**
 * Rows are read in the order of this column (when a row was changed: not null, and indexed), each run from where the last one
 * ended, to the microsecond; rows with an equal time are told apart by their key.
 */
export function watermark(column: string, options: WatermarkOptions = {}): Watermark {
  const { lag = null, horizon = true, timeZone = "UTC" } = options;
  return { column, lag, horizon, timeZone };
}

/**
 * Rows are read in the order of this column, a number that grows (not null, indexed, such as an identity), each run from where the
 * last one ended. Finds new rows, not changed ones. A sequence whose sessions take numbers ahead (`CACHE`) has no such order.
 */
export function ascending(column: string, { horizon = true }: Pick<WatermarkOptions, "horizon"> = {}): Watermark {
  return { column, lag: "0", horizon, timeZone: "UTC" };
}

/** A watermark with what the server says of it. */
export interface OrderedBy {
  readonly watermark: Watermark;
  /** The watermark's column first, then the key's: no two rows have the same values in all of them. */
  readonly columns: readonly SourceColumn[];
  readonly isTime: boolean;
  /** Null where no row is read twice. */
  readonly lag: string | null;
}

const TIMES = /^(timestamp|date)\b/;
const NUMBERS = /^(smallint|integer|bigint|numeric)\b/;
const NO_LAG = /^0+(\.0+)?( *[a-z]+)?$|^$/i;
const DEFAULT_LAG = "5 minutes";

/** Whether rows may be read twice by it. */
export function mayRepeat({ lag }: Watermark): boolean {
  return !NO_LAG.test(lag ?? DEFAULT_LAG);
}

/** Raises FatalError WATERMARK. */
export function orderedBy(by: Watermark, key: readonly string[] | null, relation: Relation): OrderedBy {
  const column = find(relation, by.column);
  const isTime = TIMES.test(column.type);
  if (!isTime && !NUMBERS.test(column.type)) {
    throw fault(`"${column.name}" is ${column.type}, and neither a time nor a number`, "Choose a column that grows");
  }
  const names = (key ?? relation.key).filter((name) => name !== column.name);
  if (key === null && relation.key.length === 0) {
    throw fault(
      `there is no primary key to tell rows with an equal "${column.name}" apart`,
      "Name the columns as `key`",
    );
  }
  const lag = isTime && mayRepeat(by) ? (by.lag ?? DEFAULT_LAG) : null;
  return { watermark: by, columns: [column, ...names.map((name) => find(relation, name))], isTime, lag };
}

function find({ columns }: Relation, name: string): SourceColumn {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw fault(`the source has no column "${name}"`, `It has ${columns.map((known) => known.name).join(", ")}`);
}

function fault(what: string, fix: string): FatalError {
  return new FatalError("WATERMARK", `The source can not be read in the order of its watermark: ${what}`, { fix });
}

/** What a later run goes on behind: the values of a row as text. */
export function cursorOf({ columns }: OrderedBy, values: readonly string[]): Json {
  return { by: columns.map(({ name }) => name), after: values };
}

/** The values of a cursor; null where there is none. Raises FatalError CURSOR_FOREIGN for one of another order. */
export function valuesOf(cursor: Json | null, { columns }: OrderedBy): readonly string[] | null {
  if (cursor === null) return null;
  const { by, after } = cursor as { readonly by?: unknown; readonly after?: unknown };
  const names = columns.map(({ name }) => name);
  const fits = Array.isArray(after) && after.length === names.length && JSON.stringify(by) === JSON.stringify(names);
  if (fits) return after as readonly string[];
  throw new FatalError(
    "CURSOR_FOREIGN",
    `The last run ended at ${JSON.stringify(cursor)}, which is no place in the order of ${names.join(", ")}`,
    {
      fix: "Go back to the watermark and key that the operator had, or remove its line in millrace.checkpoints and load anew",
    },
  );
}
