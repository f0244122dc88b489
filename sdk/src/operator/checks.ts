import { getTableName, type SQL } from "drizzle-orm";
import type { ColumnOf } from "../load/strategy.ts";
import type { CheckSeverity } from "../host/host.ts";
import type { Partition } from "./partitions/partitions.ts";

/** A test of the loaded rows: `sql` counts what is wrong, or the rows there are, among the rows of one partition. */
export interface Check<TableName extends string = string> {
  readonly name: string;
  readonly description: string;
  /** `error` blocks what is downstream of the asset, `warn` only shows. */
  readonly severity: CheckSeverity;
  readonly counts: CheckCounts<TableName>;
}

type CheckCounts<TableName extends string> =
  | { readonly kind: "nulls"; readonly column: ColumnOf<TableName> }
  | { readonly kind: "rows"; readonly min: number; readonly max: number }
  | { readonly kind: "wrong"; readonly query: WrongRowsQuery }
  /** Nothing: an operator's own `run` says how it came out. */
  | { readonly kind: "reported" };

/** A SELECT of the rows that are wrong. */
export type WrongRowsQuery = (loaded: {
  /** For FROM, with an alias: the target's rows, of the partition alone where each row belongs to one. */
  readonly rows: SQL;
  readonly partition: Partition | null;
}) => SQL;

export interface CheckOptions {
  /** Default `error`. */
  readonly severity?: CheckSeverity;
}

/** No row has a null in this column. */
export function notNull<TableName extends string>(
  column: ColumnOf<TableName>,
  { severity = "error" }: CheckOptions = {},
): Check<TableName> {
  return {
    name: `not_null_${column.name}`,
    description: `No null in ${getTableName(column.table)}.${column.name}`,
    severity,
    counts: { kind: "nulls", column },
  };
}

/** The number of rows lies between `min` and `max`, both included. */
export function rowCount({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
  severity = "error",
}: CheckOptions & { readonly min?: number; readonly max?: number }): Check<never> {
  return {
    name: "row_count",
    description: max === Number.MAX_SAFE_INTEGER ? `At least ${min} rows` : `From ${min} to ${max} rows`,
    severity,
    counts: { kind: "rows", min, max },
  };
}

/** A query for rows that are wrong finds none; else it is told how many there are, and the first of them. */
export function noRows({
  name,
  description = "",
  severity = "error",
  query,
}: CheckOptions & {
  /** Letters, digits and `_`. */
  readonly name: string;
  readonly description?: string;
  readonly query: WrongRowsQuery;
}): Check<never> {
  return { name, description, severity, counts: { kind: "wrong", query } };
}

/** A check that an operator makes itself, in its `run`, and reports by `context.check`. */
export function reported({
  name,
  description = "",
  severity = "error",
}: CheckOptions & { readonly name: string; readonly description?: string }): Check<never> {
  return { name, description, severity, counts: { kind: "reported" } };
}
