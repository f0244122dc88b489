import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { appendFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BEGINS, loadOperator, openDatabase, type LoadedDatabase, type Strategy } from "./loads.ts";
import { Proxy, type Instant } from "./proxy.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: false } });
});
afterAll(() => server[Symbol.asyncDispose]());

interface StandStill {
  readonly strategy: Strategy;
  readonly lockMs: number;
  /** What its process has done last. */
  readonly at: Instant;
}

/** What a run reports while one before it stands still: says nothing more, and does not hear that its session is ended. */
async function beside(database: LoadedDatabase, { strategy, lockMs, at }: StandStill) {
  await using proxy = await Proxy.open(database.url);
  const timeouts = { lockMs, statementMs: 60_000, idleMs: 1000 };
  const operator = loadOperator(strategy, database.file, { timeouts, rejects: { max: 1, maxRatio: 1 } });
  const stop = new AbortController();
  const stopped = Promise.withResolvers<void>();
  proxy.at(at, () => {
    proxy.drop(600_000);
    stopped.resolve();
  });
  const still = runOperator(operator, { databaseUrl: proxy.url, signal: stop.signal });
  still.catch(() => {});
  await stopped.promise;
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  stop.abort();
  proxy.cut();
  await expect(still).rejects.toBeInstanceOf(Error);
  return materializations[0]?.metadata;
}

test("C3, C26: a run that stands still where it begins does not keep its successor waiting", async () => {
  await using database = await openDatabase(server, { strategy: "upsert", filled: true });
  await runOperator(loadOperator("upsert", database.file), { databaseUrl: database.url });
  const at: Instant = { when: ({ parsed }) => parsed?.trimStart().startsWith(BEGINS) === true, delivered: false };
  const reported = await beside(database, { strategy: "upsert", lockMs: 1000, at });
  expect(reported).toMatchObject({ read: 3000, unchanged: 3000 });
});

test.for([
  ["rows", /COPY .*"items"/],
  ["dead letters", /COPY .*"dead_letters"/],
] as const)(
  "C3, C26: a process that is stopped in the middle of a COPY of %s does not keep its successor waiting",
  async ([, statement]) => {
    await using database = await openDatabase(server, { strategy: "replace" });
    await appendFile(database.file, "x,2024-01-01,1,bad,1\n");
    // Its session waits for the rows, which no timeout of PostgreSQL's ends.
    const at: Instant = { when: ({ sql }) => statement.test(sql ?? ""), delivered: true };
    const reported = await beside(database, { strategy: "replace", lockMs: 500, at });
    expect(reported).toMatchObject({ inserted: 3000, rejected: 1 });
    await database.expectLoaded();
  },
);
