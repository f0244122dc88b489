import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readContent } from "./content.ts";
import { exec } from "./exec.ts";
import { randomFrom } from "./random.ts";
import { scenarios, type Scenario } from "./scenarios.ts";

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), "millrace-two-runs-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function database({ operator, ddl }: Scenario, suffix: string): Promise<string> {
  const url = await server.createDatabase(`${operator}_${suffix}`);
  const sql = postgres(url, { max: 1 });
  await sql.unsafe(ddl);
  await sql.end();
  return url;
}

/** One source is the other's past: but for an append, which may have only one. */
describe("C21: two runs of one partition at the same time leave the rows of one of them, each once", () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const chosen = scenarios.filter(
    ({ name, filled }) => !filled && !name.startsWith("apply") && !name.startsWith("upsert"),
  );
  test.for(chosen)(`$name (MILLRACE_SEED=${seed})`, async (scenario) => {
    const { operator, partition } = scenario;
    const files = await scenario.writeFiles(await mkdtemp(join(folder, "sources-")), randomFrom(seed));
    const sources = operator === "appended" ? [files.now, files.now] : [files.before, files.now];
    const load = (file: string, databaseUrl: string) => exec({ operator, partition, file, databaseUrl }).ended;
    const content = (url: string) => readContent(url, { table: operator, outcomes: true });

    const expected: string[] = [];
    for (const [index, file] of sources.entries()) {
      const url = await database(scenario, String(index));
      expect(await load(file, url)).toBeNull();
      expected.push((await content(url)).rows.join("\n"));
    }
    const url = await database(scenario, "at_once");
    const outcomes = await Promise.all(sources.map((file) => load(file, url)));
    expect(outcomes).toContain(null);
    // The one that came first may have been told to leave.
    for (const outcome of outcomes) expect(outcome ?? "[FENCED]").toContain("[FENCED]");
    const { rows, accounts } = await content(url);
    expect(expected).toContain(rows.join("\n"));
    expect(accounts).toEqual([expect.stringMatching(/^finished .* accounted$/)]);
  });
});
