import { sql, type SQL } from "drizzle-orm";
import type { MetadataInput } from "../host/pipes/metadata.ts";
import { metadata } from "../host/pipes/metadata.ts";

export interface WrongRows {
  readonly count: number;
  /** The count as `wrong`, and the first rows as `first`. */
  readonly metadata: Readonly<Record<string, MetadataInput>>;
}

/** Rows that are shown of those that are wrong. */
const SHOWN_ROWS = 5;
const MAX_SHOWN_CHARACTERS = 1000;

/** How many rows a query for wrong ones finds, and the first of them. */
export async function findWrongRows(
  database: { readonly execute: (statement: SQL) => PromiseLike<unknown> },
  query: SQL,
): Promise<WrongRows> {
  const found = await database.execute(sql`
    SELECT row_to_json(wrong) AS row, count(*) OVER ()::text AS count FROM (${query}) AS wrong LIMIT ${SHOWN_ROWS}`);
  // Drivers differ in what they give.
  const rows = (Array.isArray(found) ? found : (found as { readonly rows: unknown }).rows) as readonly {
    readonly row: Readonly<Record<string, unknown>>;
    readonly count: string;
  }[];
  const count = Number(rows[0]?.count ?? 0);
  const first = rows.map(({ row }) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shownValue(value)])),
  );
  return { count, metadata: { wrong: count, ...(first.length > 0 && { first: metadata.table(first) }) } };
}

function shownValue(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_SHOWN_CHARACTERS);
}
