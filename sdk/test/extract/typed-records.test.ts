import { jsonl, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { bigint, boolean, integer, jsonb, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { ordersDatabase, stopServer } from "../operator/orders.ts";
import { folderOf } from "./read.ts";

afterAll(stopServer);

const events = pgTable("events", {
  id: integer("id").primaryKey(),
  big: bigint("big", { mode: "bigint" }),
  price: numeric("price"),
  note: text("note"),
  ok: boolean("ok"),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  data: jsonb("data"),
});

const DDL =
  "CREATE TABLE events (id int PRIMARY KEY, big int8, price numeric, note text, ok boolean, at timestamptz, data jsonb)";

const LONG = "1234567890.12345678901234567890";
const LINES = [
  `{"id":1,"big":9007199254740993,"price":${LONG},"note":"a\\tb","ok":true,"at":"2024-01-01T00:00:00.123456Z","data":{"n":[${LONG},9007199254740993]}}`,
  `{"id":2,"big":"-9223372036854775808","price":0.1,"note":null,"ok":false,"data":"text"}`,
  `{"id":3,"big":1e3,"price":1e-7,"note":"","data":[1,{"a":null}]}`,
  `{"id":4,"data":${LONG}}`,
  `{"id":5,"big":9223372036854775808}`,
  `{"id":6,"big":1.5}`,
  `{"id":7,"note":{"a":1}}`,
  `{"id":8,"ok":"perhaps"}`,
  `{"id":9,"price":[]}`,
  `{"id":10,"data":9007199254740993}`,
  `{"id":11,"note":"\\ud800","data":null}`,
  `{"id":12,"big":${"9".repeat(5000)},"price":${LONG},"data":{"x":${LONG}}}`,
  `[13]`,
];

test.for(["rows", "transformed"])("C18: JSON of any type comes into its column as it was: %s", async (kind) => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(DDL);
  const folder = await folderOf({ "a.jsonl": `${LINES.join("\n")}\n` });
  const base = {
    name: "events",
    extract: () => jsonl(`${folder}/a.jsonl`),
    record: tableRecord(events),
    target: events,
    load: upsert({ key: events.id }),
    rejects: { maxRatio: 1 },
  } as const;
  const operator =
    kind === "rows" ? defineOperator(base) : defineOperator({ ...base, transform: (row) => ({ ...row }) });
  await runOperator(operator, { databaseUrl: database.url });
  const rows =
    await database.sql`SELECT id, big::text, price::text, note, ok, at::text, data::text FROM events ORDER BY id`;
  const none = { big: null, price: null, note: null, ok: null, at: null, data: null };
  expect(Array.from(rows)).toEqual([
    {
      id: 1,
      big: "9007199254740993",
      price: LONG,
      note: "a\tb",
      ok: true,
      at: "2024-01-01 00:00:00.123456+00",
      data: `{"n": [${LONG}, 9007199254740993]}`,
    },
    { ...none, id: 2, big: "-9223372036854775808", price: "0.1", ok: false, data: '"text"' },
    { ...none, id: 3, big: "1000", price: "0.0000001", note: "", data: '[1, {"a": null}]' },
    { ...none, id: 4, data: `"${LONG}"` },
    { ...none, id: 10, data: "9007199254740993" },
  ]);
  const letters = (await database.deadLetters()).toSorted((a, b) => Number(a.line) - Number(b.line));
  expect(letters.map(({ code, field, line }) => [code, field, line])).toEqual([
    ["SCHEMA", "big", "5"],
    ["SCHEMA", "big", "6"],
    ["SCHEMA", "note", "7"],
    ["SCHEMA", "ok", "8"],
    ["SCHEMA", "price", "9"],
    ["TEXT_SURROGATE", "note", "11"],
    ["SCHEMA", "big", "12"],
    ["JSON_RECORD", null, "13"],
  ]);
  expect(letters.at(-2)?.record).toMatchObject({ price: LONG, data: { x: LONG } });
});

test("a record schema may say what JSON's values are", async () => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(DDL);
  const folder = await folderOf({
    "a.jsonl": `{"id":1,"tags":["a"],"price":${LONG}}\n{"id":"2","tags":[],"price":1}\n`,
  });
  const operator = defineOperator({
    name: "events",
    extract: () => jsonl(`${folder}/a.jsonl`),
    record: z.object({ id: z.int(), tags: z.array(z.string()), price: z.union([z.number(), z.string()]) }),
    transform: ({ id, tags, price }) => ({ id, data: tags, price: String(price) }),
    target: events,
    load: upsert({ key: events.id }),
    rejects: { maxRatio: 1 },
  });
  await runOperator(operator, { databaseUrl: database.url });
  expect(Array.from(await database.sql`SELECT id, price::text, data::text FROM events`)).toEqual([
    { id: 1, price: LONG, data: '["a"]' },
  ]);
  expect(await database.deadLetters()).toMatchObject([{ code: "SCHEMA", field: "id", line: "2" }]);
});
