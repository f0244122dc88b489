import { sql, type SQL } from "drizzle-orm";
import type { SqlStatement } from "./sql-file.ts";

/** A statement for drizzle: its values are bound, and never become part of its text. */
export function statementSql({ parts }: SqlStatement): SQL {
  return sql.join(parts.map((part) => (typeof part === "string" ? sql.raw(part) : sql`${sql.param(part.value)}`)));
}
