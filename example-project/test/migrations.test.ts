import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { execa } from "execa";
import { cp, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { dailyDelays, flights } from "../tables.ts";

const project = join(import.meta.dirname, "..");

test("the committed migrations say what tables.ts says", async () => {
  const folder = await mkdtemp(join(tmpdir(), "migrations-"));
  try {
    await cp(join(project, "drizzle"), folder, { recursive: true });
    const before = await readdir(folder);
    // drizzle-kit puts "./" before the folder, so that it must be a relative one.
    const out = relative(project, await realpath(folder));
    const args = ["generate", "--dialect=postgresql", "--schema=./tables.ts", `--out=${out}`];
    const { stdout } = await execa("drizzle-kit", args, { cwd: project, preferLocal: true });
    expect(stdout).toContain("No schema changes");
    expect(await readdir(folder)).toEqual(before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("they make the tables in a real database, and a second time change nothing", async () => {
  await using server = await startPostgres();
  const database = drizzle({ connection: { url: server.url, onnotice: () => {} } });
  try {
    await migrate(database, { migrationsFolder: join(project, "drizzle") });
    await migrate(database, { migrationsFolder: join(project, "drizzle") });
    expect(await database.select().from(flights)).toEqual([]);
    expect(await database.select().from(dailyDelays)).toEqual([]);
  } finally {
    await database.$client.end();
  }
});
