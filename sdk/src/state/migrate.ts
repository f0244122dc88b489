import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type pg from "pg";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
const SCHEMA = "millrace";
const TABLE = "migrations";
/** PostgreSQL's words for what is not there. */
const MISSING = new Set(["42P01", "3F000"]);

/** Brings the `millrace` schema up to date, under a lock. */
export async function migrateState(pool: pg.Pool): Promise<void> {
  // Mostly there is nothing to do: loaded only where there is.
  const { drizzle } = await import("drizzle-orm/node-postgres");
  const { migrate } = await import("drizzle-orm/node-postgres/migrator");
  const client = await pool.connect();
  let failed = true;
  try {
    // Also between two statements the server is not to keep the lock for whoever has vanished.
    await client.query(
      "SELECT set_config('idle_session_timeout', current_setting('idle_in_transaction_session_timeout'), false)",
    );
    await client.query("SELECT pg_advisory_lock(hashtextextended('millrace migrations', 0))");
    await migrate(drizzle(client), { migrationsFolder: FOLDER, migrationsSchema: SCHEMA, migrationsTable: TABLE });
    await client.query("SELECT pg_advisory_unlock(hashtextextended('millrace migrations', 0))");
    await client.query("RESET idle_session_timeout");
    failed = false;
  } finally {
    client.release(failed); // closed, and with it the lock
  }
}

/** Whether there is nothing to migrate. */
export async function isUpToDate(client: pg.ClientBase): Promise<boolean> {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, "utf8")) as { entries: { when: number }[] };
  const newest = journal.entries.at(-1)?.when ?? 0;
  try {
    const { rows } = await client.query<{ newest: string | null }>(
      `SELECT max(created_at)::text AS newest FROM ${SCHEMA}.${TABLE}`,
    );
    return Number(rows[0]?.newest ?? -1) >= newest;
  } catch (error) {
    if (MISSING.has((error as { readonly code?: string }).code ?? "")) return false;
    throw error;
  }
}
