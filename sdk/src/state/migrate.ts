import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import type { Sql } from "postgres";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
const SCHEMA = "millrace";
const TABLE = "migrations";

/** Brings the `millrace` schema up to date, under a lock; a single look where it already is. */
export async function migrateState(sql: Sql): Promise<void> {
  if (await upToDate(sql)) return;
  await sql`SELECT pg_advisory_lock(hashtextextended('millrace migrations', 0))`;
  try {
    await migrate(drizzle(sql), { migrationsFolder: FOLDER, migrationsSchema: SCHEMA, migrationsTable: TABLE });
  } finally {
    await sql`SELECT pg_advisory_unlock(hashtextextended('millrace migrations', 0))`;
  }
}

async function upToDate(sql: Sql): Promise<boolean> {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, "utf8")) as { entries: { when: number }[] };
  const newest = journal.entries.at(-1)?.when ?? 0;
  const [there] = await sql<{ exists: boolean }[]>`SELECT to_regclass(${`${SCHEMA}.${TABLE}`}) IS NOT NULL AS exists`;
  if (!there?.exists) return false;
  const [row] = await sql<
    { newest: string | null }[]
  >`SELECT max(created_at)::text AS newest FROM ${sql(SCHEMA)}.${sql(TABLE)}`;
  return Number(row?.newest ?? -1) >= newest;
}
