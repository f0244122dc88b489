import type pg from "pg";
import { newTablePrefix, quotedName, type NewTable } from "./new-table.ts";
import type { NamedTable } from "./table-facts.ts";

const LOCK = "hashtextextended('millrace swap ' || $1, 0)";

/** Drops what runs that were killed have left of tables to replace this one; a table that a run still builds is left alone. */
export async function dropLeftovers(client: pg.Client, old: NamedTable): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind = 'r' AND starts_with(relname, $2)",
    [old.schema, newTablePrefix(old)],
  );
  for (const { name } of rows) {
    const { rows: locked } = await client.query<{ free: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS free`, [
      name,
    ]);
    if (!locked[0]!.free) continue;
    await client.query(`DROP TABLE IF EXISTS ${quotedName({ schema: old.schema, name })}`);
    await client.query(`SELECT pg_advisory_unlock(${LOCK})`, [name]);
  }
}

/** Says, for as long as the connection lives, that the table is being built. */
export async function claim(client: pg.Client, { name }: NewTable): Promise<void> {
  await client.query(`SELECT pg_advisory_lock(${LOCK})`, [name]);
}
