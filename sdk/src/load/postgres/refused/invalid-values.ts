import pg from "pg";
import type { EncodedContent } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE } from "../lane.ts";
import { quoted } from "../target-columns.ts";
import type { Refusal } from "./refusal.ts";

const TEXTS = "pg_temp.millrace_texts";

export interface InvalidValuesOptions {
  readonly content: EncodedContent;
  /** The columns that rows have, in the order of their encoding. */
  readonly columns: readonly { readonly name: string }[];
  /** The columns to be looked at; null for all. */
  readonly suspected: readonly string[] | null;
}

/**
 * Finds the rows whose values are none of their column's type: the whole chunk is staged as text, and the server asked
 * about all of them at once, where it can be (PostgreSQL 16 and later). Null where it can not.
 */
export async function findInvalidValues(client: pg.Client, options: InvalidValuesOptions): Promise<Map<number, Refusal> | null> {
  const { content, columns, suspected } = options;
  const types = await checkedTypes(client);
  if (types === null) return null;
  const names = columns.map(({ name }) => quoted(name));
  await client.query(
    `CREATE TEMPORARY TABLE IF NOT EXISTS millrace_texts (${names.map((name) => `${name} text`).join(", ")}) ON COMMIT DELETE ROWS; TRUNCATE ${TEXTS}`,
  );
  await copyRows(client, `${TEXTS} (${names.join(", ")})`, content.data);
  const refused = new Map<number, Refusal>();
  for (const { name } of columns) {
    const type = types.get(name);
    if (type === undefined || (suspected !== null && !suspected.includes(name))) continue;
    const { rows } = await client.query<InvalidRow>(invalidRows(quoted(name), pg.escapeLiteral(type)));
    for (const { row, sqlState, message, detail } of rows) {
      if (!refused.has(row)) refused.set(row, { sqlState, message, detail, column: name, constraint: null });
    }
  }
  return refused;
}

interface InvalidRow extends Pick<Refusal, "sqlState" | "message" | "detail"> {
  readonly row: number;
}

/** Rows are numbered as they came: see `Lane.begin`. */
function invalidRows(column: string, type: string): string {
  return `SELECT number - 1 AS row, sql_error_code AS "sqlState", message, detail
FROM (SELECT row_number() OVER (ORDER BY ctid)::int AS number, ${column} AS value FROM ${TEXTS}) texts, pg_input_error_info(value, ${type})
WHERE NOT pg_input_is_valid(value, ${type})`;
}

/** The types of the stage's columns by name, but for those that take any text; null where the server can not be asked. */
async function checkedTypes(client: pg.Client): Promise<ReadonlyMap<string, string> | null> {
  const { rows } = await client.query<{ name: string; type: string; asks: boolean }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, to_regprocedure('pg_input_error_info(text, text)') IS NOT NULL AS asks
FROM pg_attribute WHERE attrelid = '${STAGE}'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  if (rows.some(({ asks }) => !asks)) return null;
  return new Map(rows.filter(({ type }) => type !== "text" && type !== "character varying").map(({ name, type }) => [name, type]));
}
