import { writeFile } from "node:fs/promises";
import { append, csv, defineOperator, tableRecord } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import {
  bigint,
  boolean,
  char,
  date,
  doublePrecision,
  integer,
  numeric,
  pgTable,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

// Rows that are plain are sent in COPY's binary form: the server has to read the same values from it as from text.
afterAll(stopServer);

const things = pgTable("things", {
  id: integer("id").primaryKey(),
  small: smallint("small"),
  big: bigint("big", { mode: "bigint" }),
  price: numeric("price"),
  cents: numeric("cents", { precision: 12, scale: 2 }),
  ratio: doublePrecision("ratio"),
  flag: boolean("flag"),
  day: date("day"),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  local: timestamp("local", { precision: 3, mode: "string" }),
  ref: uuid("ref"),
  name: text("name"),
  code: varchar("code", { length: 6 }),
  fixed: char("fixed", { length: 4 }),
});

// `how` is the statement that a row came by.
const DDL = `CREATE TABLE things (id int PRIMARY KEY, small smallint, big bigint, price numeric, cents numeric(12,2), ratio float8, flag boolean, day date,
  at timestamptz, local timestamp(3), ref uuid, name text, code varchar(6), fixed char(4), how text DEFAULT current_query())`;

/** The same numbers each time: a linear congruential generator. */
function numbers(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function content(rows: number): string {
  const upTo = numbers();
  const digits = (count: number) => Array.from({ length: count }, () => upTo(10)).join("");
  const sign = () => (upTo(3) === 0 ? "-" : "");
  const whole = (most: number) => `${sign()}${1 + upTo(9)}${digits(upTo(most))}`;
  const two = (from: number, below: number) => String(from + upTo(below - from)).padStart(2, "0");
  const ends = ["0001-01-01", "0004-02-29", "1600-02-29", "1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01"];
  const day = () => {
    if (upTo(8) === 0) return [...ends, "9999-12-31"][upTo(8)]!;
    return `${String(1 + upTo(9999)).padStart(4, "0")}-${two(1, 13)}-${two(1, 29)}`;
  };
  const fraction = () => (upTo(2) === 0 ? "" : `.${["9999999", "0000005", "1234565", digits(1 + upTo(9))][upTo(4)]!}`);
  const time = () => `${day()}T${two(0, 24)}:${two(0, 60)}:${two(0, 60)}${fraction()}`;
  const zone = () => (upTo(2) === 0 ? "Z" : `${upTo(2) === 0 ? "-" : "+"}${two(0, 16)}:${two(0, 60)}`);
  const hexadecimal = (count: number) => Array.from({ length: count }, () => upTo(16).toString(16)).join("");
  const texts = [
    "plain",
    "tab\tline\nback\\slash\\N\b\f\v\r",
    'a "quote", or two',
    "é漢🚲",
    "\\N",
    "\\",
    " ",
    "x".repeat(300_000),
  ];
  const pick = (values: readonly string[]) => values[upTo(values.length)]!;
  const columns: (() => string)[] = [
    () => pick(["0", "32", "-9999", whole(3)]),
    () =>
      pick([
        "0",
        "999999999999999999",
        "-999999999999999999",
        "999999999999999",
        "4294967296",
        "-4294967297",
        whole(17),
      ]),
    () =>
      pick([
        "0",
        "-0",
        "0.0",
        "00010.0100",
        "-0.00001",
        "10000",
        "9999",
        `${whole(40)}.${digits(1 + upTo(40))}`,
        whole(12),
      ]),
    () => `${whole(6)}.${digits(1 + upTo(4))}`,
    () => pick(["0", "0.1", "-0.01", "100000", `${whole(8)}.${digits(4)}5`]),
    () => pick(["t", "f"]),
    day,
    () => time() + zone(),
    time,
    () => [8, 4, 4, 4, 12].map(hexadecimal).join("-"),
    () => (upTo(40) === 0 ? texts.at(-1)! : pick(texts.slice(0, -1))),
    () => pick(["", "123456", "é漢", "a\\\tb"]),
    () => pick(["", "ab ", "1234"]),
  ];
  const quoted = (value: string) => (/[",\n\r]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const field = (make: () => string) => (upTo(12) === 0 ? "" : quoted(make()));
  const names = "id,small,big,price,cents,ratio,flag,day,at,local,ref,name,code,fixed";
  const lines = Array.from({ length: rows }, (_, id) => [id, ...columns.map(field)].join(","));
  return `${[names, ...lines].join("\n")}\n`;
}

const base = {
  name: "things",
  extract: () => csv(`${folder}/a.csv`),
  record: tableRecord(things),
  target: things,
  load: append(),
} as const;
const asBytes = defineOperator(base);
const asObjects = defineOperator({ ...base, transform: (row) => row });

let folder = "";

test("C18: plain values come to the same in COPY's binary form as in text, whatever their type", async () => {
  const csvText = content(3000);
  const outcomes = [];
  for (const operator of [asBytes, asObjects]) {
    await using database = await ordersDatabase();
    await database.sql.unsafe(DDL);
    folder = await csvFolder({});
    await writeFile(`${folder}/a.csv`, csvText);
    const { materializations } = await runOperator(operator, { databaseUrl: database.url });
    outcomes.push({
      dataVersion: materializations[0]?.dataVersion,
      how: (await database.sql`SELECT DISTINCT substring(how FROM 'FORMAT (\\w+)') AS how FROM things`).map(
        ({ how }) => how as string,
      ),
      rows: await database.sql`SELECT id, small, big::text, price::text, cents::text, ratio::text, flag, day::text, at::text, local::text, ref, md5(name) AS name, code, fixed FROM things ORDER BY id`,
    });
  }
  const [bytes, objects] = outcomes;
  expect(bytes?.rows.length).toBe(3000);
  expect(bytes?.how).toEqual(["binary"]);
  expect(objects?.how).toEqual(["text"]);
  for (const [index, row] of bytes!.rows.entries()) expect(row).toEqual(objects?.rows[index]);
  expect(bytes?.dataVersion).toBe(objects?.dataVersion);
});

test("C18: rows of which one fills a piece that is sent and the next does not arrive as they are", async () => {
  const bytes = Array.from({ length: 60 }, (_, id) => [252_000, 50_000][id % 2]! - id);
  const lines = bytes.map((length, id) => `${id},${String.fromCharCode(97 + (id % 26)).repeat(length)}`);
  await using database = await ordersDatabase();
  await database.sql.unsafe(DDL);
  folder = await csvFolder({});
  await writeFile(`${folder}/a.csv`, `id,name\n${lines.slice(1).join("\n")}\n`);
  const named = pgTable("things", { id: integer("id").primaryKey(), name: text("name") });
  const operator = defineOperator({ ...base, record: tableRecord(named), target: named });
  await runOperator(operator, { databaseUrl: database.url });
  const rows = await database.sql`SELECT id, name, how LIKE '%binary%' AS binary FROM things ORDER BY id`;
  expect(rows.map(({ id, name, binary }) => ({ line: `${id},${name}`, binary }))).toEqual(
    lines.slice(1).map((line) => ({ line, binary: true })),
  );
});

test("C18: text of a record of another table is judged by the column that it is for", async () => {
  const notes = pgTable("notes", { id: integer("id").notNull(), amount: text("amount"), day: text("day") });
  const amounts = pgTable("amounts", { id: integer("id").notNull(), amount: numeric("amount"), day: date("day") });
  const operator = defineOperator({
    name: "amounts",
    extract: () => csv(`${folder}/a.csv`),
    record: tableRecord(notes),
    target: amounts,
    load: append(),
    rejects: { maxRatio: 1 },
  });
  await using database = await ordersDatabase();
  await database.sql.unsafe("CREATE TABLE amounts (id int NOT NULL, amount numeric, day date)");
  // Written digit by digit, `1:5` would be 205, and the last day 2024-02-30 one of March.
  folder = await csvFolder({
    "a.csv": "id,amount,day\n1,12.50,2024-02-29\n2,1:5,2024-02-29\n3,1000,2024-03-01\n4,7,2024-02-30\n",
  });
  await runOperator(operator, { databaseUrl: database.url });
  const rows = await database.sql`SELECT id, amount::text, day::text FROM amounts ORDER BY id`;
  expect([...rows]).toEqual([
    { id: 1, amount: "12.50", day: "2024-02-29" },
    { id: 3, amount: "1000", day: "2024-03-01" },
  ]);
  const letters = await database.sql`SELECT record ->> 'id' AS id, field FROM millrace.dead_letters ORDER BY line`;
  expect([...letters]).toEqual([
    { id: "2", field: "amount" },
    { id: "4", field: "day" },
  ]);
});
