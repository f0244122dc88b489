import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import type { TargetColumn } from "./target-columns.ts";

/**
 * The target's columns that a SELECT gives, by name.
 * Raises FatalError QUERY_COLUMNS where it gives one the target has not, or leaves out one that it needs.
 */
export async function queryColumns(
  client: pg.Client,
  { sql, values }: { readonly sql: string; readonly values: readonly unknown[] },
  columns: readonly TargetColumn[],
): Promise<TargetColumn[]> {
  const { fields } = await client.query(`SELECT * FROM (${sql}) source LIMIT 0`, [...values]);
  const given = new Set(fields.map(({ name }) => name));
  const written = columns.filter(({ name }) => given.delete(name));
  const missing = columns.filter((column) => column.notNull && !column.hasDefault && !written.includes(column));
  if (given.size > 0 || missing.length > 0) {
    const problems = [
      ...[...given].map((name) => `"${name}" is no column of the target`),
      ...missing.map(({ name }) => `"${name}" is missing, and takes no null`),
    ];
    throw new FatalError("QUERY_COLUMNS", `The query does not fit the target: ${problems.join("; ")}`, {
      fix: "Name the query's columns as the target's",
      details: { problems },
    });
  }
  return written;
}
