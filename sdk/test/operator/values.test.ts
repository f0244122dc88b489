import { csv, defineOperator, tableRecord, upsert, type RecordSource } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import {
  bigint,
  date,
  doublePrecision,
  integer,
  jsonb,
  line as lineColumn,
  numeric,
  pgTable,
  point,
  real,
} from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer, type OrdersDatabase } from "./orders.ts";

afterAll(stopServer);

const numbers = pgTable("numbers", {
  id: integer("id").notNull(),
  big: bigint("big", { mode: "bigint" }),
  exact: numeric("exact"),
  double: doublePrecision("double"),
  single: real("single"),
});

const DDL = "CREATE TABLE numbers (id int PRIMARY KEY, big int8, exact numeric, double float8, single float4)";

async function stored({ sql }: OrdersDatabase): Promise<string[]> {
  return (await sql`SELECT concat_ws(' ', id, big, exact, double, single) AS line FROM numbers ORDER BY id`).map(
    ({ line }) => line as string,
  );
}

describe("C18: numbers are exact from end to end, and what their column does not take is a dead letter", () => {
  const base = {
    name: "numbers",
    target: numbers,
    load: upsert({ key: numbers.id }),
    rejects: { maxRatio: 1 },
  } as const;
  const digits = `${"123456789".repeat(9)}.${"987654321".repeat(9)}`;
  const lines = [
    "1,9007199254740993,0.1,0.1,0.1",
    "2,-9223372036854775808,123456789012345678901234567890.123456789012345678901234567890,5e-324,1e-45",
    `3,9223372036854775807,${digits},1.7976931348623157e308,3.4028235e38`,
    "4,9223372036854775808,1,1,1",
    "5,1,NaN,1,1",
    "6,1,Infinity,1,1",
    "7,1,1,NaN,NaN",
    "8,1,1,Infinity,-Infinity",
    "9,1,1,1e309,1",
    "10,NaN,1,1,1",
    "11,1.5,1,1,1",
  ];
  const loaded = [
    "1 9007199254740993 0.1 0.1 0.1",
    "2 -9223372036854775808 123456789012345678901234567890.123456789012345678901234567890 5e-324 1e-45",
    `3 9223372036854775807 ${digits} 1.7976931348623157e+308 3.4028235e+38`,
    "7 1 1 NaN NaN",
    "8 1 1 Infinity -Infinity",
  ];
  const refused = [
    ["5", "big"],
    ["6", "exact"],
    ["7", "exact"],
    ["10", "double"],
    ["11", "big"],
    ["12", "big"],
  ];

  test.for([
    ["bytes", false],
    ["objects", true],
  ] as const)("as text: %s", async ([, asObjects]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(DDL);
    const folder = await csvFolder({ "a.csv": `id,big,exact,double,single\n${lines.join("\n")}\n` });
    const text = { ...base, extract: () => csv(`${folder}/a.csv`), record: tableRecord(numbers) };
    const operator = asObjects ? defineOperator({ ...text, transform: (row) => row }) : defineOperator(text);
    await runOperator(operator, { databaseUrl: database.url });
    expect(await stored(database)).toEqual(loaded);
    expect((await database.deadLetters()).map(({ line, field }) => [line, field])).toEqual(refused);
  });

  test("as JavaScript's numbers, bigints and text", async () => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(DDL);
    const rows: (typeof numbers.$inferInsert)[] = [
      { id: 1, big: 2n ** 53n + 1n, exact: digits, double: 0.1 + 0.2, single: 16_777_217 },
      { id: 2, big: -(2n ** 63n), exact: "0.10", double: Number.NaN, single: Number.POSITIVE_INFINITY },
      { id: 3, big: 2n ** 63n },
      { id: 4, exact: Number.NaN as never },
      { id: 5, exact: Number.NEGATIVE_INFINITY as never },
      { id: 6.5 },
      { id: Number.NaN },
      { id: 2 ** 31 },
    ];
    const source: RecordSource<typeof numbers.$inferInsert> = {
      kind: "records",
      uri: "memory:",
      local: true,
      fingerprint: async () => "1",
      async *open() {
        const position = (index: number) => ({ source: "memory:", line: index + 1, byteOffset: null });
        yield { records: rows, malformed: [], bytes: 0, position };
      },
    };
    await runOperator(defineOperator({ ...base, extract: () => source }), { databaseUrl: database.url });
    expect(await stored(database)).toEqual([
      `1 9007199254740993 ${digits} 0.30000000000000004 1.6777216e+07`,
      "2 -9223372036854775808 0.10 NaN Infinity",
    ]);
    const letters = await database.deadLetters();
    expect(letters.map(({ line, code, field }) => [line, code, field])).toEqual([
      ["3", "NUMBER_RANGE", "big"],
      ["4", "NUMBER_RANGE", "exact"],
      ["5", "NUMBER_RANGE", "exact"],
      ["6", "NUMBER_RANGE", "id"],
      ["7", "NUMBER_RANGE", "id"],
      ["8", "NUMBER_RANGE", "id"],
    ]);
  });
});

test("C18: what drizzle makes text of itself is what an INSERT makes of it, and NaN is no amount of money", async () => {
  const shapes = pgTable("shapes", {
    id: integer("id").notNull(),
    place: point("place", { mode: "xy" }),
    border: lineColumn("border", { mode: "abc" }),
    price: numeric("price", { mode: "number" }),
    documents: jsonb("documents").array(),
    days: date("days", { mode: "date" }).array(),
  });
  await using database = await ordersDatabase();
  await database.sql.unsafe(
    "CREATE TABLE shapes (id int PRIMARY KEY, place point, border line, price numeric, documents jsonb[], days date[])",
  );
  const rows: (typeof shapes.$inferInsert)[] = [
    { id: 1, place: { x: 1.5, y: -2 }, border: { a: 1, b: 2, c: 3 }, price: 0.1, documents: [{ n: 2n ** 60n }, ['"']] },
    { id: 2, price: Number.NaN },
    { id: 3, days: [new Date(0), new Date("never")] },
  ];
  const source: RecordSource<typeof shapes.$inferInsert> = {
    kind: "records",
    uri: "memory:",
    local: true,
    fingerprint: async () => "1",
    async *open() {
      const position = (index: number) => ({ source: "memory:", line: index + 1, byteOffset: null });
      yield { records: rows, malformed: [], bytes: 0, position };
    },
  };
  const load = upsert({ key: shapes.id });
  const operator = defineOperator({
    name: "shapes",
    extract: () => source,
    target: shapes,
    load,
    rejects: { maxRatio: 1 },
  });
  await runOperator(operator, { databaseUrl: database.url });
  const [row] =
    await database.sql`SELECT concat_ws(' ', place, border, price, documents[1], documents[2]) AS line FROM shapes`;
  expect(row!["line"]).toBe(String.raw`(1.5,-2) {1,2,3} 0.1 {"n": 1152921504606846976} ["\""]`);
  expect((await database.deadLetters()).map(({ code, field }) => [code, field])).toEqual([
    ["NUMBER_RANGE", "price"],
    ["DATE_INVALID", "days"],
  ]);
});
