import { append, defineOperator, postgresTable, replace, tableRecord, upsert, type RecordSource } from "@millrace/sdk";
import {
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  pgTable,
  real,
  text,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { sql } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import { openDatabases, stopServers } from "./two-servers.ts";

afterAll(stopServers);

const bytea = customType<{ data: string }>({ dataType: () => "bytea" });
const columns = () => ({
  id: bigint("id", { mode: "bigint" }).primaryKey(),
  small: integer("small"),
  amount: numeric("amount"),
  price: numeric("price", { precision: 12, scale: 2 }),
  ratio: doublePrecision("ratio"),
  share: real("share"),
  yes: boolean("yes"),
  day: date("day"),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  local: timestamp("local", { mode: "string" }),
  took: interval("took"),
  code: varchar("code", { length: 8 }),
  note: text("note"),
  document: jsonb("document"),
  words: json("words"),
  tag: uuid("tag"),
  content: bytea("content"),
  list: text("list").array(),
});
const same = pgTable("things", columns());
const hashed = pgTable("hashed", { ...columns(), rowHash: text("row_hash") });
/** Other types than the source's, so that each value is looked at. */
const other = pgTable("others", { ...columns(), small: bigint("small", { mode: "number" }), code: text("code") });

const TABLE = (name: string, small: string, code: string, more = "") => `CREATE TABLE ${name} (
  id bigint PRIMARY KEY, small ${small}, amount numeric, price numeric(12,2), ratio float8, share float4, yes boolean, day date, at timestamptz,
  local timestamp, took interval, code ${code}, note text, document jsonb, words json, tag uuid, content bytea, list text[]${more})`;

const ROWS = `
INSERT INTO things VALUES
 (9223372036854775807, -2147483648, 123456789012345678901234567890.123456789012345678901234567890, 1.10, 0.1, 0.1, true, '2024-02-29',
  '2024-03-10 01:59:59.123456-05', '2024-03-10 02:30:00.000001', '1 year 2 mons -3 days 04:05:06.789', 'a', E'tab\\there\\nline\\r\\\\ back \\\\N ''quote'' "x"',
  '{"n": 12345678901234567890.5, "t": "\\u00e9\\\\"}', '{"b":1,  "a":2}', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\x00ff5c0a', ARRAY['a,b', NULL, '"', '']),
 (-9223372036854775808, 1, 'NaN', -0.01, 'Infinity', '-Infinity', false, '0001-01-01', 'infinity', '-infinity', '0', '', '', 'null', '[]', NULL, '', '{}'),
 (3, NULL, NULL, NULL, 5e-324, 1.1754944e-38, NULL, 'infinity', '0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999', NULL, '\\N', '\\N', NULL, NULL, NULL, NULL, NULL),
 (4, NULL, 1e-20, NULL, 1.7976931348623157e308, 16777216, NULL, NULL, '2024-10-27 01:30:00.000001+00', NULL, NULL, '𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞', repeat('é', 300000) || E'\\t', NULL, NULL, NULL, NULL, NULL)`;

const LINES =
  "SELECT t::text AS line FROM (SELECT id, small, amount, price, ratio, share, yes, day, at, local, took, code, note, document, words::text, tag, content, list FROM";

function thingsOperators(database: string) {
  const source = () => postgresTable(database, "public.things");
  return {
    "as lines": defineOperator({
      name: "lines",
      extract: source,
      record: tableRecord(same),
      target: same,
      load: replace(),
    }),
    "as lines, with a hash": defineOperator({
      name: "hashed",
      extract: source,
      record: tableRecord(hashed),
      target: hashed,
      load: upsert({ key: hashed.id, hash: hashed.rowHash }),
    }),
    "as fields": defineOperator({
      name: "fields",
      extract: source,
      record: tableRecord(other),
      target: other,
      load: append(),
    }),
    "as records": defineOperator({
      name: "records",
      extract: source,
      record: tableRecord(other),
      transform: (row) => row,
      target: other,
      load: upsert({ key: other.id }),
    }),
  };
}

test.for(["as lines", "as lines, with a hash", "as fields", "as records"] as const)(
  "C18, C27: values arrive as they are, %s",
  async (way) => {
    const targets = `${TABLE("things", "int", "varchar(8)")}; ${TABLE("hashed", "int", "varchar(8)", ", row_hash text")}; ${TABLE("others", "bigint", "text")}`;
    await using databases = await openDatabases(`${TABLE("things", "int", "varchar(8)")}; ${ROWS}`, targets);
    const looked = way === "as fields" || way === "as records";
    // Where values are looked at, numeric NaN is refused, and JSON's null is null; where they become objects, JSON is parsed.
    if (looked) await databases.source`UPDATE things SET amount = 0, document = NULL WHERE amount = 'NaN'`;
    if (way === "as records")
      await databases.source`UPDATE things SET document = '{"n": 1.5}', words = '{"b":1}' WHERE document ? 'n'`;
    const operator = thingsOperators(databases.sourceUrl)[way];
    expect(await databases.run(operator)).toMatchObject({ read: 4, inserted: 4, rejected: 0 });
    const table = looked ? "others" : operator.name === "lines" ? "things" : "hashed";
    const [given, loaded] = await Promise.all([
      databases.source.unsafe(`${LINES} things ORDER BY id) t`),
      databases.target.unsafe(`${LINES} ${table} ORDER BY id) t`),
    ]);
    expect(given.length).toBe(4);
    expect([...loaded]).toEqual([...given]);
    if (way === "as lines, with a hash") expect(await databases.run(operator)).toMatchObject({ unchanged: 4 });
  },
);

test("C16, C17: rows that the target does not take are set aside with what they were", async () => {
  const target = "CREATE TABLE codes (id int PRIMARY KEY, code varchar(4) NOT NULL CHECK (code <> 'bad'))";
  await using databases = await openDatabases(
    "CREATE TABLE codes (id int, code varchar(9)); INSERT INTO codes VALUES (1, 'good'), (2, 'too long'), (NULL, 'key'), (4, NULL), (5, 'bad'), (6, E'a\\tb')",
    target,
  );
  const codes = pgTable("codes", { id: integer("id").primaryKey(), code: varchar("code", { length: 4 }).notNull() });
  const operator = defineOperator({
    name: "codes",
    extract: () => postgresTable(databases.sourceUrl, "codes"),
    record: tableRecord(codes),
    target: codes,
    load: upsert({ key: codes.id }),
    rejects: { maxRatio: 1 },
  });
  expect(await databases.run(operator)).toMatchObject({ read: 6, inserted: 2, rejected: 4 });
  const letters = await databases.target`SELECT record, source FROM millrace.dead_letters ORDER BY record->>'code'`;
  expect(letters.map(({ record }) => record as unknown)).toEqual([
    { id: "5", code: "bad" },
    { id: null, code: "key" },
    { id: "2", code: "too long" },
    { id: "4", code: null },
  ]);
  const { host, pathname } = new URL(databases.sourceUrl);
  expect(letters[0]!["source"]).toBe(`postgresql://${host}${pathname}/codes`);
});

test("the columns, the rows and the SELECT that are asked for", async () => {
  const create = `CREATE SCHEMA "Odd ""schema"; CREATE TABLE "Odd ""schema"."T.1" ("the Id" int PRIMARY KEY, "a'b" text, c text)`;
  await using databases = await openDatabases(
    `${create}; INSERT INTO "Odd ""schema"."T.1" SELECT n, 'v''' || n, 'c' FROM generate_series(1, 12000) n`,
    "CREATE TABLE picked (id int, value text)",
  );
  const picked = pgTable("picked", { id: integer("id"), value: text("value") });
  const load = async (source: RecordSource<Record<string, string | null>>) => {
    const operator = defineOperator({
      name: "picked",
      extract: () => source,
      record: tableRecord(picked, { fields: { id: "the Id", value: "a'b" } }),
      target: picked,
      load: replace({ maxShrink: 1 }),
    });
    await databases.run(operator);
    const rows = await databases.target`SELECT count(*)::int AS n, min(id), max(id), min(value) AS value FROM picked`;
    return rows[0];
  };
  const name = `"Odd ""schema"."T.1"`;
  const names = ["the Id", "a'b"];
  expect(await load(postgresTable(databases.sourceUrl, name, { columns: names }))).toEqual({
    n: 12_000,
    min: 1,
    max: 12_000,
    value: "v'1",
  });
  expect(
    await load(
      postgresTable(databases.sourceUrl, name, { columns: names, where: sql`"a'b" = ${"v'7"} OR "the Id" > 11990` }),
    ),
  ).toEqual({ n: 11, min: 7, max: 12_000, value: "v'11991" });
  const select = sql`SELECT n AS "the Id", ${"it's"} || n AS "a'b" FROM generate_series(1, ${3}) n`;
  expect(await load(postgresTable(databases.sourceUrl, select))).toEqual({ n: 3, min: 1, max: 3, value: "it's1" });
});

test("C28: what fails at the source says so, without its password", async () => {
  await using databases = await openDatabases("SELECT 1", "CREATE TABLE picked (id int)");
  const picked = pgTable("picked", { id: integer("id") });
  const load = (database: string, table = "picked") =>
    databases.run(
      defineOperator({
        name: "picked",
        extract: () => postgresTable(database, table),
        record: tableRecord(picked),
        target: picked,
        load: append(),
      }),
    );
  await expect(load("NO_SUCH_VARIABLE")).rejects.toThrow("[SOURCE_URL_MISSING] NO_SUCH_VARIABLE is not set");
  await expect(load(databases.sourceUrl, "nowhere.picked")).rejects.toThrow("[SOURCE_TABLE]");
  await expect(load("postgresql://me:secret@127.0.0.1:1/none")).rejects.toThrow(
    "[DATABASE_UNREACHABLE] postgresql://me:***@127.0.0.1:1/none",
  );
  const [run] = await databases.target`SELECT string_agg(error, ' ') AS errors FROM millrace.runs`;
  expect(run!["errors"]).not.toContain("secret");
});
