import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "../../src/testing/index.ts";
import { openState } from "../../src/state/open-state.ts";
import { placeOf, readBlocks } from "./code-blocks.ts";

/** Run by test/operator/least-privilege.test.ts, with the roles that it makes. */
const ELSEWHERE = "SECURITY.md";

test("the SQL that the documentation shows runs against the tables as they are", async () => {
  const blocks = await readBlocks(join(import.meta.dirname, "../../.."));
  const shown = blocks.filter(({ language, page }) => language === "sql" && page !== ELSEWHERE);
  expect(shown.length).toBeGreaterThan(0);
  await using server = await startPostgres();
  await using _state = await openState(server.url);
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    for (const block of shown) await expect(client.query(block.code), placeOf(block)).resolves.toBeDefined();
  } finally {
    await client.end();
  }
});
