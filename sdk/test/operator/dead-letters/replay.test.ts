import { append, replayDeadLetters, type LoadOperator } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "../orders.ts";
import {
  accounts,
  FILE,
  HEADER,
  letters,
  open,
  repairedDailyOrders,
  repairedOrders,
  replayed,
} from "./repaired-orders.ts";

afterAll(stopServer);

test("what fails again stays open with its new reason, what the operator leaves out is done, and malformed text is not tried", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({
    "a.csv": `${HEADER}1,2024-01-01,1 EUR,bad\n2,2024-01-01\n3,2024-01-01,3 EUR,skip\n4,2024-13-01,4 EUR,x\n5,2024-01-01,5 EUR,e\n`,
  });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const result = await replayDeadLetters(repairedOrders("fixed", append()), { databaseUrl: database.url });
  expect(result).toMatchObject({
    replayed: 2,
    rejected: 2,
    malformed: 1,
    partitions: [{ counts: { read: 4, inserted: 1, filtered: 1, rejected: 2 }, malformed: 1 }],
  });
  expect(await database.rows()).toEqual(["5 2024-01-01 5.00 e"]);
  expect(await letters(database)).toEqual([
    open(2, "REJECTED"),
    open(3, "CSV_FIELDS"),
    replayed(4),
    open(5, "SCHEMA"),
    replayed(6),
  ]);
  const reasons =
    await database.sql`SELECT reason, field FROM millrace.dead_letters WHERE status = 'open' ORDER BY line`;
  expect(reasons.map(({ reason, field }) => [reason, field])).toEqual([
    ["a bad order", "note"],
    ["the line has 2 fields, the header 4", null],
    [expect.stringContaining("day: ") as string, "day"],
  ]);
  expect(await accounts(database)).toEqual({ inserted: 1, rows: 1, left: 3, open: 3 });
});

test("only dead letters of the codes asked for are replayed", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "a.csv": `${HEADER}1,2024-01-01,1,bad\n2,2024-01-01,2 EUR,b\n` });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const options = { databaseUrl: database.url, codes: ["SCHEMA", "NUMBER_RANGE"] };
  expect(await replayDeadLetters(repairedOrders("fixed", append()), options)).toMatchObject({
    replayed: 1,
    rejected: 0,
    malformed: 0,
  });
  expect(await letters(database)).toEqual([open(2, "REJECTED"), replayed(3)]);
});

test("a row that only the server refuses stays open with the server's words, and the others are loaded", async () => {
  await using database = await ordersDatabase(", CONSTRAINT small CHECK (amount < 3)");
  const folder = await csvFolder({ "a.csv": FILE.replace("3,c", "0,c") });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  expect(await replayDeadLetters(repairedOrders("fixed", append()), { databaseUrl: database.url })).toMatchObject({
    replayed: 1,
    rejected: 1,
  });
  expect(await letters(database)).toEqual([replayed(3), open(5, "CHECK")]);
  expect(await database.rows()).toHaveLength(3);
});

const missing = pgTable("nowhere", { id: integer("id") });

test.for([
  [
    "a mistake in the operator",
    (fixed: LoadOperator) => ({
      ...fixed,
      transform: () => {
        throw new TypeError("oops");
      },
    }),
    /oops/,
  ],
  [
    "a target that is not ready",
    (fixed: LoadOperator) => ({ ...fixed, target: missing, targets: [{ table: missing, load: fixed.load }] }),
    /\[PREFLIGHT\] public.nowhere is not ready/,
  ],
] as const)("%s fails the replay, and the letters stay as they were", async ([, broken, message]) => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "a.csv": FILE });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  await expect(
    replayDeadLetters(broken(repairedOrders("fixed", append())), { databaseUrl: database.url }),
  ).rejects.toThrow(message);
  expect(await letters(database)).toEqual([open(3), open(5)]);
});

test("a partition that the operator does not have is named, and an aborted replay stops with the signal's reason", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": FILE });
  await runOperator(repairedDailyOrders("broken"), {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01"],
  });
  const replay = async (partition: string, signal?: AbortSignal) =>
    await replayDeadLetters(repairedDailyOrders("fixed"), {
      databaseUrl: database.url,
      partition,
      ...(signal && { signal }),
    });
  await expect(replay("2025-01-01")).rejects.toThrow('[PARTITION_UNKNOWN] "2025-01-01" is not a partition');
  await expect(replay("2024-01-01", AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  expect(await letters(database)).toEqual([open(3), open(5)]);
});
