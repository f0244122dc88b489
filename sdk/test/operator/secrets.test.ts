import { inspect } from "node:util";
import { append, defineOperator, upsert, type LoadOperator, type RecordSource } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { createLogger } from "../../src/logging/logger.ts";
import { execute } from "../../src/operator/execute.ts";
import { RecordingHost } from "../../src/testing/recording-host.ts";
import { orders, ordersDatabase, stopServer, type OrdersDatabase } from "./orders.ts";

afterAll(stopServer);

const SECRET = "hunter2";

/** Everything that Millrace keeps in the database, as text. */
async function kept({ sql }: OrdersDatabase): Promise<string> {
  const tables = await sql<{ name: string }[]>`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'millrace'`;
  const rows = await Promise.all(tables.map(({ name }) => sql`SELECT t::text FROM ${sql(`millrace.${name}`)} t`));
  return JSON.stringify(rows);
}

/** Says its source's URL, with the password in it, wherever it can. */
function talkative(url: string, fails: "in its source" | "in its transform" | "never"): LoadOperator {
  const source: RecordSource<{ id: number; day: string; note: string }> = {
    kind: "records",
    uri: `https://me:${SECRET}@example.com/orders?password=${SECRET}`,
    local: true,
    fingerprint: async () => "1",
    async *open() {
      yield {
        records: [1, 2, 3].map((id) => ({ id, day: "2024-01-01", note: "x" })),
        malformed: [
          {
            code: "BROKEN",
            reason: `could not read ${url}`,
            raw: "?",
            position: { source: url, line: 4, byteOffset: null },
          },
        ],
        bytes: 0,
        position: (index) => ({ source: url, line: index + 1, byteOffset: null }),
      };
      if (fails === "in its source") throw new Error(`lost ${url}`, { cause: new Error(`also ${url}`) });
    },
  };
  return defineOperator({
    name: "talkative",
    extract: ({ log }) => {
      log.info(`reading ${url}`, { url, nested: { urls: [url] } });
      return source;
    },
    transform: (order, { reject }) => {
      if (fails === "in its transform") throw new TypeError(`not to be had at ${url}`);
      return order.id === 2 ? reject(`not at ${url}`) : order;
    },
    target: orders,
    load: fails === "never" ? upsert({ key: orders.id }) : append(),
    rejects: { maxRatio: 1 },
  });
}

test.for(["never", "in its source", "in its transform"] as const)(
  "C28: a password stands in no log, report, error or table, whoever says it; the operator fails %s",
  async (fails) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    const url = new URL(database.url);
    url.password = SECRET;
    let logged = "";
    const log = createLogger({ level: "debug", destination: { write: (line) => void (logged += line) } });
    const host = new RecordingHost({});
    const env = { DATABASE_URL: url.href };
    const ran = execute({ operator: talkative(url.href, fails), host, log, env });
    const error = await ran.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error === null).toBe(fails === "never");
    expect(logged).toContain("reading postgres://postgres:***@");
    const said = {
      logged,
      reported: JSON.stringify(host.recording),
      error: inspect(error),
      kept: await kept(database),
    };
    for (const [where, text] of Object.entries(said)) expect(text, where).not.toContain(SECRET);
    expect(said.kept).toContain("***");
  },
);

test("C28: what the server says of a connection that it refuses has no password", async () => {
  await using database = await ordersDatabase();
  const url = new URL(database.url);
  url.username = "nobody";
  url.password = SECRET;
  const error = await runOperator(talkative(url.href, "never"), { databaseUrl: url.href }).catch(
    (reason: unknown) => reason,
  );
  expect(inspect(error)).toContain("nobody");
  expect(inspect(error)).not.toContain(SECRET);
});
