import type { Sql } from "postgres";

/** Columns of orders, whatever types a peer has for them. */
export const ORDERS_CONTENT = `id::bigint, customer_id::bigint, created_at::timestamptz AT TIME ZONE 'UTC', status::text,
  amount::numeric(12,2), quantity::int, email::text, note::text`;
export const CUSTOMERS_CONTENT = "id::bigint, sequence::bigint, name::text, amount::numeric(12,2)";

/** The number of a table's rows and a checksum of their values, in no order. */
export async function contentOf(sql: Sql, table: string, columns: string): Promise<string> {
  const [row] = await sql.unsafe(
    `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(ROW(${columns})::text, 0)::numeric), 0)::text AS sum FROM ${table}`,
  );
  return `${row!["rows"]} rows, checksum ${row!["sum"]}`;
}
