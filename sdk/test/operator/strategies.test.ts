import { writeFile } from "node:fs/promises";
import { append, deleteInsert, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import {
  csvFolder,
  dailyOrdersOperator,
  hashedOrdersOperator,
  orders,
  ordersDatabase,
  ordersOperator,
  stopServer,
} from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";

test("upsert inserts new keys, updates changed rows, leaves equal ones alone, and the last of several rows with one key wins", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const folder = await csvFolder({ "a.csv": `${HEADER}1,2024-01-01,10,a\n2,2024-01-01,20,b\n2,2024-01-01,21,c\n` });
  const run = async () => {
    const { materializations } = await runOperator(ordersOperator(upsert({ key: orders.id })), {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    return materializations[0]?.metadata;
  };
  expect(await run()).toMatchObject({ read: 3, inserted: 2, updated: 0, unchanged: 0, superseded: 1, rejected: 0 });
  expect(await database.rows()).toEqual(["1 2024-01-01 10.00 a", "2 2024-01-01 21.00 c"]);
  const [before] = await database.sql`SELECT xmin::text, ctid::text FROM orders WHERE id = 1`;

  await writeFile(`${folder}/a.csv`, `${HEADER}1,2024-01-01,10,a\n2,2024-01-01,22,c\n3,2024-01-02,,\n`);
  expect(await run()).toMatchObject({ read: 3, inserted: 1, updated: 1, unchanged: 1, superseded: 0 });
  expect(await database.rows()).toEqual(["1 2024-01-01 10.00 a", "2 2024-01-01 22.00 c", "3 2024-01-02"]);
  const [after] = await database.sql`SELECT xmin::text, ctid::text FROM orders WHERE id = 1`;
  expect(after).toEqual(before);
});

test("delete-insert makes a partition's rows those of the source and touches no other partition", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({
    "2024-01-01.csv": `${HEADER}1,2024-01-01,10,a\n1,2024-01-01,10,a\n2,2024-01-01,20,b\n`,
    "2024-01-02.csv": `${HEADER}9,2024-01-02,90,z\n`,
  });
  const run = async () =>
    await runOperator(dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), {
      databaseUrl: database.url,
      config: { folder },
      partitions: ["2024-01-01", "2024-01-02"],
    });
  const first = await run();
  expect(first.materializations.map(({ partition, metadata }) => [partition, metadata["inserted"]])).toEqual([
    ["2024-01-01", 3],
    ["2024-01-02", 1],
    [null, 4],
  ]);
  const loaded = ["1 2024-01-01 10.00 a", "1 2024-01-01 10.00 a", "2 2024-01-01 20.00 b", "9 2024-01-02 90.00 z"];
  expect(await database.rows()).toEqual(loaded);

  const marks = async () => await database.sql`SELECT ctid::text, xmin::text FROM orders ORDER BY ctid`;
  const before = await marks();
  const second = await run();
  expect(second.materializations[2]?.metadata).toMatchObject({ read: 4, inserted: 0, unchanged: 4, removed: 0 });
  expect(await marks()).toEqual(before);
  expect(second.materializations[0]?.dataVersion).toBe(first.materializations[0]?.dataVersion);

  // One of the two equal rows is gone, another row has changed.
  await writeFile(`${folder}/2024-01-01.csv`, `${HEADER}1,2024-01-01,10,a\n2,2024-01-01,20.5,b\n`);
  const third = await run();
  expect(third.materializations[0]?.metadata).toMatchObject({ read: 2, inserted: 1, unchanged: 1, removed: 2 });
  expect(await database.rows()).toEqual(["1 2024-01-01 10.00 a", "2 2024-01-01 20.50 b", "9 2024-01-02 90.00 z"]);
});

test("a row outside of its partition is a dead letter, since the partition's next load would not find it", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({
    "2024-01-01.csv": `${HEADER}${"1,2024-01-01,10,a\n".repeat(10)}2,2024-01-02,20,b\n`,
  });
  const { materializations } = await runOperator(dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01"],
  });
  expect(materializations[0]?.metadata).toMatchObject({ read: 11, inserted: 10, rejected: 1 });
  expect(await database.deadLetters()).toMatchObject([{ code: "OUTSIDE_PARTITION", field: "day", line: "12" }]);
});

test("replace makes the whole table the source's, and refuses a source that is empty or has shrunk too far", async () => {
  await using database = await ordersDatabase();
  const rows = (n: number) => HEADER + Array.from({ length: n }, (_, id) => `${id},2024-01-01,${id},x\n`).join("");
  const folder = await csvFolder({ "a.csv": rows(10) });
  const run = async () =>
    (await runOperator(ordersOperator(replace()), { databaseUrl: database.url, config: { file: `${folder}/a.csv` } }))
      .materializations[0]?.metadata;
  expect(await run()).toMatchObject({ inserted: 10, unchanged: 0, removed: 0 });
  await writeFile(`${folder}/a.csv`, rows(6));
  expect(await run()).toMatchObject({ inserted: 0, unchanged: 6, removed: 4 });
  await writeFile(`${folder}/a.csv`, rows(2));
  await expect(run()).rejects.toThrow("[REPLACE_SHRANK]");
  await writeFile(`${folder}/a.csv`, HEADER);
  await expect(run()).rejects.toThrow("[REPLACE_TOO_SMALL]");
  expect(await database.rows()).toHaveLength(6);
});

test("append adds rows once: the same source again adds nothing, a changed one is refused", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "a.csv": `${HEADER}1,2024-01-01,10,a\n2,2024-01-01,20,b\n` });
  const run = async () =>
    (await runOperator(ordersOperator(append()), { databaseUrl: database.url, config: { file: `${folder}/a.csv` } }))
      .materializations[0]?.metadata;
  expect(await run()).toMatchObject({ read: 2, inserted: 2, start: "fresh" });
  expect(await run()).toMatchObject({ read: 0, inserted: 0, start: "already-loaded" });
  // It is done, and what the first one has left stays.
  const ledger = async () =>
    await database.sql`SELECT run.status, run.counts->'inserted' AS inserted, ended_at IS NOT NULL AS ended, kept.position::int, kept.status AS checkpoint
      FROM millrace.runs run JOIN millrace.checkpoints kept USING (operator, partition) ORDER BY run.epoch`;
  const kept = { status: "finished", ended: true, position: 2, checkpoint: "finished" };
  expect(await ledger()).toEqual([
    { ...kept, inserted: 2 },
    { ...kept, inserted: 0 },
  ]);
  await writeFile(`${folder}/a.csv`, `${HEADER}1,2024-01-01,10,a\n2,2024-01-01,20,b\n3,2024-01-01,30,c\n`);
  await expect(run()).rejects.toThrow("[SOURCE_CHANGED]");
  expect(await database.rows()).toHaveLength(2);
});

test("an interrupted append goes on behind its last committed chunk", async () => {
  await using database = await ordersDatabase();
  const count = 60_000;
  const lines = Array.from({ length: count }, (_, id) => `${id},2024-01-01,1,x\n`).join("");
  const folder = await csvFolder({ "a.csv": HEADER + lines });
  // The server stops at a row of the last chunk, as if the run had been killed there.
  await database.sql
    .unsafe(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped'; END $$;
    CREATE TRIGGER stop BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.id = 55000) EXECUTE FUNCTION stop()`);
  const run = async () =>
    await runOperator(ordersOperator(append()), { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  await expect(run()).rejects.toThrow(/stopped/);
  const [kept] = await database.sql`SELECT count(*)::int AS n FROM orders`;
  expect(kept?.["n"]).toBeGreaterThan(0);
  expect(kept?.["n"]).toBeLessThan(55_000);
  await database.sql`DROP TRIGGER stop ON orders`;
  const { materializations } = await run();
  expect(materializations[0]?.metadata).toMatchObject({ start: "resume", read: count, inserted: count });
  const [all] = await database.sql`SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM orders`;
  expect(all).toEqual({ n: count, ids: count });
});

test("an upsert with a hash sends of a known table only what changed, and the last of several rows with one key still wins", async () => {
  await using database = await ordersDatabase(", row_hash text, PRIMARY KEY (id)");
  const lines = Array.from({ length: 60_000 }, (_, id) => `${id},2024-01-01,1,x`);
  const folder = await csvFolder({});
  const run = async () => {
    await writeFile(`${folder}/a.csv`, `${HEADER}${lines.join("\n")}\n`);
    const { materializations } = await runOperator(hashedOrdersOperator, {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    return materializations[0]?.metadata;
  };
  expect(await run()).toMatchObject({ read: 60_000, inserted: 60_000 });
  expect(await run()).toMatchObject({ read: 60_000, inserted: 0, updated: 0, unchanged: 60_000 });

  // A change, a new key, and a key that comes again, in its own chunk and in a later one, with what the table has last.
  lines[10] = "10,2024-01-01,2,x";
  lines.push("60000,2024-01-01,1,x");
  lines[100] = "7,2024-01-01,9,changed";
  lines[101] = "7,2024-01-01,1,x";
  lines[200] = "8,2024-01-01,9,changed";
  lines[50_000] = "8,2024-01-01,1,x";
  const written = await database.sql`SELECT id, xmin::text FROM orders WHERE id IN (20, 30000) ORDER BY id`;
  expect(await run()).toMatchObject({ read: 60_001, inserted: 1, superseded: 3 });
  const rows = await database.sql`SELECT id, amount, note FROM orders WHERE id IN (7, 8, 10, 60000) ORDER BY id`;
  expect(rows.map(({ id, amount, note }) => `${id} ${amount} ${note}`)).toEqual([
    "7 1.00 x",
    "8 1.00 x",
    "10 2.00 x",
    "60000 1.00 x",
  ]);
  expect(await database.sql`SELECT id, xmin::text FROM orders WHERE id IN (20, 30000) ORDER BY id`).toEqual(written);
});
