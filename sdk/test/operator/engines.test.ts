import { writeFile } from "node:fs/promises";
import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import {
  bigint,
  boolean,
  date,
  doublePrecision,
  integer,
  jsonb,
  numeric,
  pgTable,
  real,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

// Rows that stay bytes and rows that become objects have to come to the same: rows, rejects and hashes.
afterAll(stopServer);

const things = pgTable("things", {
  id: integer("id").primaryKey(),
  small: smallint("small"),
  big: bigint("big", { mode: "bigint" }),
  price: numeric("price"),
  ratio: doublePrecision("ratio"),
  weight: real("weight"),
  flag: boolean("flag"),
  day: date("day"),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  local: timestamp("local", { mode: "string" }),
  ref: uuid("ref"),
  name: text("name").notNull(),
  code: varchar("code", { length: 5 }),
  data: jsonb("data"),
  rowHash: text("row_hash"),
});

const DDL = `CREATE TABLE things (id int PRIMARY KEY, small smallint, big bigint, price numeric, ratio float8, weight float4, flag boolean, day date,
  at timestamptz, local timestamp, ref uuid, name text NOT NULL, code varchar(5), data jsonb, row_hash text)`;

const COLUMNS = "id,small,big,price,ratio,weight,flag,day,at,local,ref,name,code,data";
const PLAIN = [
  "1",
  "2",
  "3",
  "4.50",
  "1.5",
  "0.25",
  "t",
  "2024-02-29",
  "2024-02-29T23:59:59.123456Z",
  "2024-02-29T00:00:00",
  "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  "name",
  "code",
  "", // a row with JSON in it is not encoded as it stands
];

/** Values to try in each column, beside the plain one. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  small: ["", "0", "-0", "007", "+7", "32767", "32768", "-32768", "-32769", "1.0", " 1", "x", "1e3"],
  big: ["9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "00", "-1"],
  price: ["0", "-1.50", "+1", "1.", ".5", "1e5", "1E-3", "12345678901234567890.123456789", "NaN", "1,5", "-", "00.10"],
  ratio: [
    "10.357019999999999",
    "1.0",
    "0",
    "-0",
    "0.000001",
    "1e400",
    "123456789012345678",
    "0.1",
    "-0.5",
    "5e-324",
    "1e21",
    "100",
    "0.001",
    "12345.678901234567",
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "+Infinity",
    "infinite",
  ],
  weight: ["0.1", "16777217", "1.10"],
  flag: ["f", "true", "FALSE", "Yes", "no", "0", "1", "2", "on", ""],
  day: [
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "2024-13-01",
    "2024-00-10",
    "2024-1-1",
    "20240101",
    "2024-01-32",
    "9999-12-31",
    "infinity",
    "-Infinity",
    "+infinity",
  ],
  at: [
    "2024-01-01T00:00:00+05:30",
    "2024-01-01 00:00:00+00",
    "2024-01-01T00:00:00",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00Z",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00z",
    "2024-01-01T00:00:00+0530",
    "2024-01-01T00:00:00-15:59",
    "2024-01-01T00:00:00+16:00",
    "-infinity",
  ],
  local: ["2024-01-01 12:00:00.5", "2024-01-01T12:00:00Z", "2024-01-01T12:00", "2024-01-01", "infinity"],
  ref: ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "x", ""],
  name: [
    '""',
    "",
    '"with ""quotes"" and, comma"',
    '"line\nbreak"',
    "tab\there",
    "back\\slash",
    "\\N",
    '"\\."',
    "é漢🚲",
    "nul\0",
    '" spaces "',
    "\b\f\v",
    "a'b",
    '"x"y',
  ],
  code: ['""', "12345", "123456", "🚲🚲🚲🚲🚲", "🚲🚲🚲🚲🚲🚲", '"a""b""c"', "ééééé"],
  data: ['"{""a"":[1,2]}"', "[1]", "nope", '"""text"""', "null", "12"],
  id: ["", "x", "2147483648"],
};

function trials(): string {
  const names = COLUMNS.split(",");
  let id = 1;
  const lines = [PLAIN.join(",")];
  for (const [column, values] of Object.entries(VALUES)) {
    for (const value of values) {
      id += 1;
      lines.push(
        PLAIN.map((plain, index) => (names[index] === column ? value : index === 0 ? String(id) : plain)).join(","),
      );
    }
  }
  // Whatever else is in a row that is none.
  for (const name of VALUES["name"]!) {
    lines.push(PLAIN.map((plain, index) => ({ small: "x", name, code: '""' })[names[index]!] ?? plain).join(","));
  }
  lines.push("1000,too few", `${PLAIN.join(",")},too many`, `9,${"x,".repeat(12)}y`);
  return `${COLUMNS}\n${lines.join("\n")}\n`;
}

/** Names that an object's keys would have in another order. */
function numbered(): string {
  return `10,${COLUMNS},2\nlast,${PLAIN.join(",")},first\nlast,x,${PLAIN.slice(1).join(",")},first\n`;
}

/** The last field's quote is never closed. */
function cutOff(): string {
  const [id, ...others] = PLAIN.slice(0, -3);
  const line = (number: string | undefined, end: string) => [number, ...others, "code", "", end].join(",");
  return `${COLUMNS.replace("name,code,data", "code,data,name")}\n${line(id, '"whole"')}\n${line("2", '"cut')}`;
}

const base = {
  name: "things",
  extract: () => csv(`${folder}/a.csv`),
  record: tableRecord(things),
  target: things,
  load: upsert({ key: things.id, hash: things.rowHash }),
  rejects: { maxRatio: 1 },
} as const;
const asBytes = defineOperator(base);
const asObjects = defineOperator({ ...base, transform: (row) => row });

let folder = "";

test.for([
  ["many values", Buffer.concat([Buffer.from(trials()), Buffer.from([0x39, 0x39, 0xff, 0x0a])]), 61, 55],
  // With no byte that is not UTF-8 among them rows are encoded as they stand.
  ["many values, all UTF-8", Buffer.from(trials()), 61, 54],
  ["fields named as numbers", Buffer.from(numbered()), 1, 1],
  ["a file that ends within quotes", Buffer.from(cutOff()), 1, 1],
] as const)("bytes and objects come to identical rows, rejects and hashes: %s", async ([, content, rows, letters]) => {
  const outcomes = [];
  for (const operator of [asBytes, asObjects]) {
    await using database = await ordersDatabase();
    await database.sql.unsafe(DDL);
    folder = await csvFolder({});
    await writeFile(`${folder}/a.csv`, content);
    const { materializations } = await runOperator(operator, { databaseUrl: database.url });
    const { read, inserted, rejected, superseded } = materializations[0]!.metadata;
    outcomes.push({
      counts: { read, inserted, rejected, superseded },
      dataVersion: materializations[0]?.dataVersion,
      rows: (await database.sql`SELECT t::text FROM things t ORDER BY id`).map(({ t }) => t as string),
      letters:
        await database.sql`SELECT code, reason, field, line, byte_offset, record::text, value_types, typed FROM millrace.dead_letters ORDER BY line`,
    });
  }
  const [bytes, objects] = outcomes;
  expect(bytes?.rows.length).toBeGreaterThanOrEqual(rows);
  expect(bytes?.letters.length).toBeGreaterThanOrEqual(letters);
  expect(bytes?.letters).toEqual(objects?.letters);
  expect(bytes?.rows).toEqual(objects?.rows);
  expect(bytes).toEqual(objects);
});
