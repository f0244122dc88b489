import { defineOperator, exportDeadLetters, replayDeadLetters, append, type LoadOperator } from "@millrace/sdk";
import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { integer, pgTable } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JsonNumber, type RecordSource } from "@millrace/sdk";
import { folderOf } from "../../extract/read.ts";
import { CREATE, LINES, SOURCES } from "./typed-sources.ts";

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: "logical" } });
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function openDatabase() {
  const url = await server.createDatabase(`typed_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return {
    url,
    sql,
    execute: async (statements: string) => void (await sql.unsafe(statements)),
    rows: async () =>
      (await sql`SELECT things::text AS line FROM things ORDER BY id`).map(({ line }) => line as string),
    [Symbol.asyncDispose]: async () => await sql.end(),
  };
}

const broken = (operator: LoadOperator): LoadOperator => ({
  ...operator,
  transform: (_, { reject }) => reject("not yet known"),
});

/** Loads nothing, for a reason that is gone when the letters are replayed. */
const FAULTS = {
  "an operator that rejects all": {
    operator: broken,
    before: "",
    after: "",
  },
  "a table that refuses all": {
    operator: (operator: LoadOperator) => operator,
    before: "ALTER TABLE things ADD CONSTRAINT none CHECK (id < 0)",
    after: "ALTER TABLE things DROP CONSTRAINT none",
  },
} as const;

test.for(Object.keys(SOURCES).flatMap((source) => Object.keys(FAULTS).map((fault) => [source, fault] as const)))(
  "C18: a replay of what %s gave brings the rows that loading them would have: %s",
  async ([name, fault]) => {
    await using from = await openDatabase();
    await using direct = await openDatabase();
    await using later = await openDatabase();
    await using source = await SOURCES[name]!(from);
    const { operator, before, after } = FAULTS[fault as keyof typeof FAULTS];
    await direct.execute(CREATE);
    await later.execute(`${CREATE}; ${before}`);

    await runOperator(operator(source.operator), { databaseUrl: later.url });
    expect(await later.rows()).toEqual([]);
    await later.execute(after);
    const { rejected, malformed } = await replayDeadLetters(source.operator, { databaseUrl: later.url });
    const { materializations } = await runOperator(source.operator, { databaseUrl: direct.url });
    const rows = await direct.rows();
    expect([rejected, malformed]).toEqual([materializations[0]!.metadata["rejected"], 0]);
    expect(rows.length).toBeGreaterThan(1);
    expect(await later.rows()).toEqual(rows);
  },
);

const ids = pgTable("ids", { id: integer("id") });

/** What no JSON has, at the top of a record and within. */
const VALUES = [
  5n,
  -(2n ** 80n),
  new JsonNumber("1.10"),
  Number.NaN,
  -0,
  Number.NEGATIVE_INFINITY,
  new Uint8Array([0, 255]),
  new Date("2024-01-01T00:00:00.123Z"),
  new Date(Number.NaN),
  undefined,
  "123",
  "null",
  "\\x00",
  "\0\ud800",
  "",
  null,
  1.5e300,
];

test.for([true, false])(
  "a record of one's own source comes to the operator again as it was, with any values: typed %s",
  async (typed) => {
    await using database = await openDatabase();
    await database.execute("CREATE TABLE ids (id int)");
    const records: unknown[] = [
      ...VALUES.map((value) => ({ value, nested: [{ value, beside: "5" }, value], ["__proto__"]: [value] })),
      "bare text",
      null,
      7n,
    ];
    const source: RecordSource<unknown> = {
      kind: "records",
      uri: "values",
      local: true,
      typed,
      fingerprint: async () => "same",
      async *open({ skip }) {
        yield {
          records: records.slice(skip),
          malformed: [],
          bytes: 0,
          position: (index) => ({ source: "values", line: index + 1, byteOffset: null }),
        };
      },
    };
    const given: unknown[] = [];
    const operator = defineOperator({
      name: "ids",
      extract: () => source,
      transform: (record) => {
        given.push(record);
        return { id: given.length };
      },
      target: ids,
      load: append(),
      rejects: { max: 1000, maxRatio: 1 },
    });
    await runOperator(broken(operator), { databaseUrl: database.url });
    expect(await replayDeadLetters(operator, { databaseUrl: database.url })).toMatchObject({
      replayed: records.length,
      malformed: 0,
    });
    expect(given).toStrictEqual(records);
  },
);

test("the export says of each record what JSON does not", async () => {
  await using from = await openDatabase();
  await using database = await openDatabase();
  await using source = await SOURCES["JSON Lines"]!(from);
  await database.execute(CREATE);
  await runOperator(broken(source.operator), { databaseUrl: database.url });
  const { file } = await exportDeadLetters({ databaseUrl: database.url, directory: await folderOf({}) });
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file!) });
  expect(rows.map(({ typed }) => typed)).toEqual(LINES.map(() => true));
  expect(JSON.parse(rows[0]!["record"] as string)).toMatchObject({ big: "9007199254740993", list: "123" });
  expect(rows[0]!["value_types"]).toBe('{"big":"bigint","struct":{"n":{"0":"number","1":"bigint","2":"float"}}}');
  expect(rows[1]!["value_types"]).toBe('{"struct":{"__proto__":{"deep":{"0":"number"}}}}');
});

test("letters that do not say whether their source had types are read as text, as they were when they were written", async () => {
  await using from = await openDatabase();
  await using database = await openDatabase();
  await using source = await SOURCES["JSON Lines"]!(from);
  await database.execute(CREATE);
  await runOperator(broken(source.operator), { databaseUrl: database.url });
  await database.execute("UPDATE millrace.dead_letters SET typed = NULL, value_types = NULL WHERE line <> 3");
  expect(await replayDeadLetters(source.operator, { databaseUrl: database.url })).toMatchObject({
    replayed: 4,
    rejected: 1, // "no JSON" is none
  });
  const rows = await database.sql`SELECT id::int, list::text, prices::text FROM things WHERE id IN (1, 3) ORDER BY id`;
  expect(Array.from(rows)).toEqual([
    { id: 1, list: "123", prices: null },
    { id: 3, list: "9007199254740993", prices: expect.stringMatching(/^\[1, "1", null, true, 10{400}\]$/) as string },
  ]);
});
