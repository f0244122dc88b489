import { append, replayDeadLetters } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "../orders.ts";
import { accounts, FILE, HEADER, letters, open, repairedDailyOrders, repairedOrders, ROWS } from "./repaired-orders.ts";

afterAll(stopServer);

test("dead letters of a run that committed nothing are not replayed: its records are read again", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": FILE });
  const options = { databaseUrl: database.url, config: { folder }, partitions: ["2024-01-01"] };
  await runOperator(repairedDailyOrders("fixed"), options);
  // The partition is there; now a mistake rejects rows that it has, too many for the run.
  const strict = { ...repairedDailyOrders("broken"), rejects: { max: 1, maxRatio: 1 } };
  await expect(runOperator(strict, options)).rejects.toThrow("[TOO_MANY_REJECTS]");
  expect(await database.rows()).toEqual(ROWS);
  expect((await letters(database)).map(({ status }) => status as string)).toEqual(["uncommitted", "uncommitted"]);
  expect(await replayDeadLetters(repairedDailyOrders("fixed"), { databaseUrl: database.url })).toMatchObject({
    replayed: 0,
    partitions: [],
  });
  expect(await database.rows()).toEqual(ROWS);
  await runOperator(repairedDailyOrders("fixed"), options);
  expect((await letters(database)).map(({ status }) => status as string)).toEqual(["superseded", "superseded"]);
});

test("an append that goes on replays what its committed chunks rejected once, and what it read again not at all", async () => {
  await using database = await ordersDatabase();
  const chunks = { maxRows: 100, maxBytes: 1_000_000 };
  const lines = Array.from(
    { length: 20_000 },
    (_, id) => `${id},2024-01-01,${id % 5000 === 7 ? "1 EUR" : "1"},${id === 19_999 ? "stop" : "x"}\n`,
  );
  const folder = await csvFolder({ "a.csv": HEADER + lines.join("") });
  const options = { databaseUrl: database.url, config: { file: `${folder}/a.csv` } };
  // The second time that "bad" records are met is one too many: the run ends in the middle.
  const limited = { ...repairedOrders("broken", append(), { chunks }), rejects: { max: 3, maxRatio: 1 } };
  await expect(runOperator(limited, options)).rejects.toThrow("[TOO_MANY_REJECTS]");
  expect(await letters(database)).toEqual([
    ...[9, 5009, 10_009].map((line) => open(line)),
    { ...open(15_009), status: "uncommitted" },
  ]);
  await runOperator(repairedOrders("broken", append(), { chunks }), options);
  expect(await letters(database)).toEqual([
    ...[9, 5009, 10_009].map((line) => open(line)),
    { ...open(15_009), status: "superseded" },
    open(15_009),
  ]);

  expect(
    await replayDeadLetters(repairedOrders("fixed", append(), { chunks }), { databaseUrl: database.url }),
  ).toMatchObject({ replayed: 4 });
  const [all] = await database.sql`SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM orders`;
  expect(all).toEqual({ n: 20_000, ids: 20_000 });
});

test("a replay that is overtaken by a run of the partition commits nothing of that chunk and says so", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": FILE });
  const options = { databaseUrl: database.url, config: { folder }, partitions: ["2024-01-01"] };
  await runOperator(repairedDailyOrders("broken"), options);
  const run = await database.sql.reserve();
  await run`BEGIN`;
  await run`SELECT pg_advisory_xact_lock(hashtextextended('millrace public.orders 2024-01-01', 0))`;
  const replay = replayDeadLetters(repairedDailyOrders("fixed"), { databaseUrl: database.url }).catch(
    (error: unknown) => error,
  );
  const waiting = async () => await run`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  while ((await waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  // What a run does that reads the source afresh.
  await run`INSERT INTO orders VALUES (2, '2024-01-01', 2, 'b')`;
  await run`UPDATE millrace.dead_letters SET status = 'superseded' WHERE line = 3`;
  await run`COMMIT`;
  run.release();
  expect(await replay).toMatchObject({ code: "REPLAY_CONFLICT", kind: "retryable" });
  expect(await database.rows()).toEqual(ROWS.slice(0, 3));
  expect(await letters(database)).toEqual([{ ...open(3), status: "superseded" }, open(5)]);
  const ledger = await database.sql`SELECT status, error FROM millrace.runs WHERE scheduler_run_id LIKE 'replay:%'`;
  expect([...ledger]).toMatchObject([
    { status: "failed", error: expect.stringContaining("REPLAY_CONFLICT") as string },
  ]);
});

test("two replays at the same time load each dead letter once", async () => {
  await using database = await ordersDatabase();
  const lines = Array.from({ length: 2000 }, (_, id) => `${id},2024-01-01,1 EUR,x\n`).join("");
  const folder = await csvFolder({ "a.csv": HEADER + lines });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const fixed = repairedOrders("fixed", append(), { chunks: { maxRows: 200, maxBytes: 1_000_000 } });
  const both = await Promise.allSettled(
    [1, 2].map(async () => await replayDeadLetters(fixed, { databaseUrl: database.url })),
  );
  for (const outcome of both)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "REPLAY_CONFLICT" });
  await replayDeadLetters(fixed, { databaseUrl: database.url });
  const [all] = await database.sql`SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM orders`;
  expect(all).toEqual({ n: 2000, ids: 2000 });
  expect(await accounts(database)).toMatchObject({ rows: 2000, open: 0, left: 0 });
});
