import { append, replace, replayDeadLetters, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, orders, ordersDatabase, stopServer } from "../orders.ts";
import {
  accounts,
  FILE,
  HEADER,
  letters,
  open,
  PRIMARY_KEY,
  repairedDailyOrders,
  repairedOrders,
  replayed,
  ROWS,
} from "./repaired-orders.ts";

afterAll(stopServer);

test.for([
  ["append", append(), ""],
  ["upsert", upsert({ key: orders.id }), PRIMARY_KEY],
  ["replace", replace(), ""],
] as const)(
  "%s: after the fix the rejected rows are loaded, the others are not touched, and the letters say by which run",
  async ([, load, constraints]) => {
    await using database = await ordersDatabase(constraints);
    const folder = await csvFolder({ "a.csv": FILE });
    await runOperator(repairedOrders("broken", load), {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    expect(await database.rows()).toHaveLength(2);
    const before = await database.sql`SELECT id, ctid::text, xmin::text FROM orders ORDER BY id`;

    const result = await replayDeadLetters(repairedOrders("fixed", load), { databaseUrl: database.url });
    expect(result).toMatchObject({
      replayed: 2,
      rejected: 0,
      malformed: 0,
      partitions: [{ partition: "", counts: { read: 2, inserted: 2, removed: 0 } }],
    });
    expect(await database.rows()).toEqual(ROWS);
    expect(await database.sql`SELECT id, ctid::text, xmin::text FROM orders WHERE id IN (1, 3) ORDER BY id`).toEqual(
      before,
    );
    expect(await letters(database)).toEqual([replayed(3), replayed(5)]);
    const [run] =
      await database.sql`SELECT status, counts, scheduler_run_id FROM millrace.runs WHERE id = ${result.partitions[0]!.runId}`;
    expect(run).toMatchObject({
      status: "finished",
      counts: { read: 2, inserted: 2 },
      scheduler_run_id: `replay:${result.partitions[0]!.runId}`,
    });
    expect(await accounts(database)).toEqual({ inserted: 4, rows: 4, left: 0, open: 0 });

    const again = await replayDeadLetters(repairedOrders("fixed", load), { databaseUrl: database.url });
    expect(again).toEqual({ replayed: 0, rejected: 0, malformed: 0, partitions: [] });
    expect(await database.rows()).toEqual(ROWS);
  },
);

test("delete-insert: each partition's rejected rows come into it, and what a run of the partition then finds is unchanged", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({
    "2024-01-01.csv": FILE,
    "2024-01-02.csv": `${HEADER}5,2024-01-02,5 EUR,e\n6,2024-01-02,6,f\n`,
    "2024-01-03.csv": `${HEADER}7,2024-01-03,7,g\n`,
  });
  const options = {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01", "2024-01-02", "2024-01-03"],
  };
  await runOperator(repairedDailyOrders("broken"), options);
  const fixed = repairedDailyOrders("fixed");

  const one = await replayDeadLetters(fixed, { databaseUrl: database.url, partition: "2024-01-02" });
  expect(one).toMatchObject({ replayed: 1, partitions: [{ partition: "2024-01-02" }] });
  expect(await database.rows()).toEqual([
    "1 2024-01-01 1.00 a",
    "3 2024-01-01 3.00 c",
    "5 2024-01-02 5.00 e",
    "6 2024-01-02 6.00 f",
    "7 2024-01-03 7.00 g",
  ]);
  const rest = await replayDeadLetters(fixed, { databaseUrl: database.url });
  expect(rest).toMatchObject({
    replayed: 2,
    partitions: [{ partition: "2024-01-01", counts: { inserted: 2, removed: 0 } }],
  });
  const all = [...ROWS, "5 2024-01-02 5.00 e", "6 2024-01-02 6.00 f", "7 2024-01-03 7.00 g"];
  expect(await database.rows()).toEqual(all);
  expect(await accounts(database)).toEqual({ inserted: 7, rows: 7, left: 0, open: 0 });

  const { materializations } = await runOperator(fixed, options);
  expect(materializations.at(-1)?.metadata).toMatchObject({ read: 7, inserted: 0, unchanged: 7, removed: 0 });
  expect(await database.rows()).toEqual(all);
});

test("delete-insert: a record of another partition stays open", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": `${HEADER}1,2024-01-02,1,a\n2,2024-01-01,2 EUR,b\n` });
  await runOperator(repairedDailyOrders("broken"), {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01"],
  });
  expect(await replayDeadLetters(repairedDailyOrders("fixed"), { databaseUrl: database.url })).toMatchObject({
    replayed: 1,
    rejected: 1,
  });
  expect(await letters(database)).toEqual([open(2, "OUTSIDE_PARTITION"), replayed(3)]);
});

test("upsert: a row that may be newer is kept and the letter stays open, the same row is done, and `overwrite` updates", async () => {
  await using database = await ordersDatabase(PRIMARY_KEY);
  const load = upsert({ key: orders.id });
  const folder = await csvFolder({
    "a.csv": `${HEADER}1,2024-01-01,1 EUR,old\n1,2024-01-01,1,new\n2,2024-01-01,2 EUR,b\n3,2024-01-01,3 EUR,first\n3,2024-01-01,3 EUR,last\n`,
  });
  await runOperator(repairedOrders("broken", load), { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  await database.sql`INSERT INTO orders VALUES (2, '2024-01-01', 2, 'b')`;

  const result = await replayDeadLetters(repairedOrders("fixed", load), { databaseUrl: database.url });
  expect(result).toMatchObject({
    replayed: 3,
    rejected: 1,
    partitions: [{ counts: { read: 4, inserted: 1, unchanged: 1, superseded: 1, rejected: 1 } }],
  });
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00 new", "2 2024-01-01 2.00 b", "3 2024-01-01 3.00 last"]);
  expect(await letters(database)).toEqual([open(2, "UNIQUE"), replayed(4), replayed(5), replayed(6)]);

  const forced = await replayDeadLetters(repairedOrders("fixed", load), { databaseUrl: database.url, overwrite: true });
  expect(forced).toMatchObject({ replayed: 1, rejected: 0, partitions: [{ counts: { updated: 1 } }] });
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00 old", "2 2024-01-01 2.00 b", "3 2024-01-01 3.00 last"]);
});
