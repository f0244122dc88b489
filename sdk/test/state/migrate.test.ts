import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres, { type Sql } from "postgres";
import { expect, test } from "vitest";
import { openState } from "../../src/state/open-state.ts";

const MIGRATIONS = join(import.meta.dirname, "../../migrations");

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/** The migrations up to the first, as an SDK had them that was older. */
async function firstMigration() {
  const folder = await mkdtemp(join(tmpdir(), "millrace-migrations-"));
  await cp(MIGRATIONS, folder, { recursive: true });
  const journal = JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8")) as Journal;
  await writeFile(
    join(folder, "meta/_journal.json"),
    JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }),
  );
  return { folder, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) };
}

test("state that an older version has made is brought up to date with what is in it, by several at the same time", async () => {
  await using server = await startPostgres();
  await using older = await firstMigration();
  const { entries } = JSON.parse(await readFile(join(MIGRATIONS, "meta/_journal.json"), "utf8")) as Journal;
  for (let round = 0; round < 5; round += 1) {
    const url = await server.createDatabase(`older_${round}`);
    const clients = Array.from({ length: 6 }, () => postgres(url, { max: 1, onnotice: () => {} }));
    const [sql, first] = clients as [Sql, Sql];
    await migrate(drizzle(first), {
      migrationsFolder: older.folder,
      migrationsSchema: "millrace",
      migrationsTable: "migrations",
    });
    await sql`
      INSERT INTO millrace.dead_letters (operator, partition, run_id, code, reason, source)
      VALUES ('orders', '', gen_random_uuid(), 'SCHEMA', 'x', 'a.csv')`;

    await Promise.all(
      clients.map(async () => {
        await using state = await openState(url);
        await state.db.execute("SELECT 1");
      }),
    );
    const letters = await sql`SELECT operator, status, replayed_at FROM millrace.dead_letters`;
    expect([...letters]).toEqual([{ operator: "orders", status: "open", replayed_at: null }]);
    expect([...(await sql`SELECT count(*)::int AS n FROM millrace.migrations`)]).toEqual([{ n: entries.length }]);
    await Promise.all(clients.map(async (client) => await client.end()));
  }
});
