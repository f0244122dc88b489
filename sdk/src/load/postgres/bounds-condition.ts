import type { PartitionBounds } from "../partition-bounds.ts";
import { quoted, type TargetColumn } from "./target-columns.ts";

/** A condition on rows of what is called `present` in the statement, with its parameters, numbered from $1. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** A partition's bounds as a condition on the target. */
export function boundsCondition(column: TargetColumn, bounds: PartitionBounds): Condition {
  const name = `present.${quoted(column.name)}`;
  if (bounds.kind === "key") return { sql: `${name} = $1::${column.sqlType}`, values: [bounds.key] };
  return {
    sql: `${name} >= $1::${column.sqlType} AND ${name} < $2::${column.sqlType}`,
    values: [bounds.start, bounds.end],
  };
}
