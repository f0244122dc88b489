import { deleteInsert, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";
const BAD = [
  "1,2024-01-01,1,good",
  "x,2024-01-01,1,not a number",
  "2,2024-13-01,1,no such month",
  "3,2024-01-01",
  '4,2024-01-01,1,"never"closed',
  "5,2024-01-01,1,bad",
  "6,2024-01-01,1,skip",
  "99999999999,2024-01-01,1,too large for an integer",
  "7,2024-01-01,1,good",
].join("\n");

test("each bad record is a dead letter with code, field, line and what it was, and every record is accounted for", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const folder = await csvFolder({ "a.csv": `${HEADER}${BAD}\n` });
  const { materializations, logs } = await runOperator(
    ordersOperator(upsert({ key: orders.id }), { rejects: { max: 6, maxRatio: 1 } }),
    {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    },
  );
  expect(materializations[0]?.metadata).toMatchObject({ read: 9, inserted: 2, filtered: 1, rejected: 6 });
  expect(logs.at(-1)).toMatchObject({ level: "warning" });
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00 good", "7 2024-01-01 1.00 good"]);
  const letters = (await database.deadLetters()).toSorted((a, b) => Number(a.line) - Number(b.line));
  expect(letters).toMatchObject([
    {
      line: "3",
      code: "SCHEMA",
      field: "id",
      record: { id: "x", day: "2024-01-01", amount: "1", note: "not a number" },
    },
    { line: "4", code: "SCHEMA", field: "day" },
    { line: "5", code: "CSV_FIELDS", record: "3,2024-01-01" },
    { line: "6", code: "CSV_QUOTE", record: '4,2024-01-01,1,"never"closed' },
    { line: "7", code: "REJECTED", field: "note", record: { note: "bad" } },
    { line: "9", code: "NUMBER_RANGE", field: "id" },
  ]);
});

test("C15: too many bad records fail the run, load nothing of the partition and keep the dead letters", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": `${HEADER}${BAD}\n` });
  const run = runOperator(dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01"],
  });
  await expect(run).rejects.toThrow("[TOO_MANY_REJECTS]");
  expect(await database.rows()).toEqual([]);
  expect(await database.deadLetters()).toHaveLength(5);
  const [ledger] = await database.sql`SELECT status, error FROM millrace.runs`;
  expect(ledger).toMatchObject({ status: "failed", error: expect.stringContaining("TOO_MANY_REJECTS") as string });
});

test("dead letters of an earlier attempt are superseded when the partition is loaded again", async () => {
  await using database = await ordersDatabase();
  const rows = "1,2024-01-01,1,a\n".repeat(20);
  const folder = await csvFolder({ "2024-01-01.csv": `${HEADER}${rows}x,2024-01-01,1,b\n` });
  const run = async () =>
    await runOperator(dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), {
      databaseUrl: database.url,
      config: { folder },
      partitions: ["2024-01-01"],
    });
  await run();
  await run();
  expect((await database.deadLetters()).map(({ status }) => status)).toEqual(["superseded", "open"]);
});

test("C27: hostile text is loaded byte for byte, and what PostgreSQL can not store is a dead letter", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const hostile = [
    "\\N",
    "\\.",
    "a\\tb",
    "tab\there",
    "line\nbreak\r\n",
    "quote'\"",
    "$1; DROP TABLE orders",
    "é ü 漢字 🚲",
    "\b\f\v",
    "x".repeat(1_000_000),
    "null\0byte",
  ];
  const line = (text: string, id: number) => `${id},2024-01-01,1,"${text.replaceAll('"', '""')}"`;
  const folder = await csvFolder({ "a.csv": `${HEADER}${hostile.map(line).join("\n")}\n` });
  await runOperator(ordersOperator(upsert({ key: orders.id })), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const stored = await database.sql`SELECT note FROM orders ORDER BY id`;
  expect(stored.map(({ note }) => note as string)).toEqual(hostile.slice(0, -1));
  expect(await database.deadLetters()).toMatchObject([
    { code: "TEXT_NUL", field: "note", record: { note: "null\0byte" } },
  ]);
});
