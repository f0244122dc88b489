import type { AnyPgTable } from "drizzle-orm/pg-core";
import { tableName } from "../load/postgres/target-columns.ts";
import type { LoadStrategy } from "../load/strategy.ts";

/**
 * The lock that whoever writes a partition of a table holds for its transaction. Changes of several partitions may speak of
 * one key: theirs is the table's.
 */
export function loadLockName(table: AnyPgTable, load: LoadStrategy, partition: string | undefined): string {
  return `millrace ${tableName(table)} ${load.strategy === "apply-changes" ? "" : (partition ?? "")}`;
}
