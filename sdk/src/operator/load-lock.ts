import type { AnyPgTable } from "drizzle-orm/pg-core";
import { tableName } from "../load/postgres/target-columns.ts";

/** The lock that whoever writes a partition of a table holds for its transaction. */
export function loadLockName(target: AnyPgTable, partition: string | undefined): string {
  return `millrace ${tableName(target)} ${partition ?? ""}`;
}
