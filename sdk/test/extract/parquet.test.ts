import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineOperator, JsonNumber, parquet, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { parquetWriteBuffer } from "hyparquet-writer";
import { bigint, customType, integer, jsonb, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { ordersDatabase, stopServer } from "../operator/orders.ts";
import { folderOf, readAll } from "./read.ts";

afterAll(stopServer);

/** Written by pyarrow and polars: see make.py there. */
const file = (name: string) => join(import.meta.dirname, `parquet-files/${name}.parquet`);

test("C6, C18: every type comes as it is, to the last digit", async () => {
  const { records, malformed, places } = await readAll(parquet(file("types")));
  expect(malformed).toEqual([]);
  expect(places.map(({ line }) => line)).toEqual([1, 2, 3]);
  expect(records[0]).toEqual({
    id: 1,
    big: 9007199254740993n,
    unsigned: 18446744073709551615n,
    small: -1,
    price: "12345678.90",
    wide: "123456789012345678901234567890.12345678",
    wider: `${"1".repeat(70)}.123456`,
    ratio: 0.1,
    single: 0.5,
    half: 0.5,
    flag: true,
    text: "é漢🚲",
    code: "a",
    data: new Uint8Array([0, 255]),
    day: "2024-02-29",
    millis: "2024-02-29T23:59:59.123Z",
    micros: "2024-02-29T23:59:59.123456Z",
    nanos: "2024-02-29T23:59:59.123456789Z",
    local: "2024-02-29T23:59:59.123456",
    clock: "23:59:59.123456",
    list: [1, null, 2n ** 60n],
    prices: [new JsonNumber("1.10"), new JsonNumber("12345678901234567890.12")],
    map: { a: 1, b: null },
    struct: { at: "2024-01-01T00:00:00.000000Z", tags: ["x", "y"], inner: { d: "2024-01-02" } },
    structs: [{ a: 1, b: "x" }, null],
  });
  expect(Object.entries(records[1]!).filter(([, value]) => value !== null)).toEqual([["id", 2]]);
  expect(records[2]).toMatchObject({
    big: -(2n ** 63n),
    price: "-0.01",
    wide: "-1.00000000",
    wider: "-0.000001",
    ratio: Number.NaN,
    single: Number.NEGATIVE_INFINITY,
    day: "0001-01-01",
    micros: "1969-12-31T23:59:59.999999Z",
    local: "0001-01-01T00:00:00.000000",
    clock: "00:00:00.000000",
    list: [],
    prices: [null],
    map: {},
    struct: { at: null, tags: null, inner: null },
    structs: [],
  });
  expect((await readAll(parquet(file("int96")))).records[0]).toEqual({
    id: 1,
    micros: "2024-02-29T23:59:59.123456000Z",
  });
});

const row = (id: number) => ({
  id: BigInt(id),
  name: id % 7 === 0 ? null : `name ${id % 50}`,
  tags: [String(id), "x"].slice(0, id % 3),
});

test.for(["none", "snappy", "gzip", "brotli", "zstd", "lz4", "v2", "polars"])(
  "rows are read from any position, whatever wrote them: %s",
  async (name) => {
    const expected = Array.from({ length: 3000 }, (_, id) => row(id));
    for (const skip of [0, 1, 999, 1000, 1001, 1777, 2999, 3000]) {
      const { records, places } = await readAll(parquet(file(`rows-${name}`)), skip);
      expect(records).toEqual(expected.slice(skip));
      expect(places[0]?.line).toBe(skip < 3000 ? skip + 1 : undefined);
    }
  },
);

test("only the columns that are named are read", async () => {
  const all = await readAll(parquet(file("rows-none")));
  const some = await readAll(parquet(file("rows-none"), { columns: ["name"] }));
  expect(some.records[1]).toEqual({ name: "name 1" });
  expect(some.bytes).toBeLessThan(all.bytes / 2);
  await expect(readAll(parquet(file("rows-none"), { columns: ["nome"] }))).rejects.toThrow(
    /\[PARQUET_COLUMNS\] .* has no "nome"; it has "id", "name", "tags"/,
  );
});

test("C18: unsigned numbers that DuckDB packs as the reader would misread them are refused, and the others read", async () => {
  await expect(readAll(parquet(file("duckdb-unsigned")))).rejects.toThrow(/\[PARQUET_MISREAD\] Column "a" of .* V1/);
  const { records } = await readAll(parquet(file("duckdb-unsigned"), { columns: ["c"] }));
  expect(records).toEqual([{ c: 0 }, { c: -1 }, { c: -2 }]);
});

test("a row group is decoded in parts, with the same rows", async () => {
  const rows = 20_000;
  const columns = Array.from({ length: 100 }, (_, index) => `c${index}`);
  const columnData = columns.map((name, index) => ({
    name,
    type: "INT32" as const,
    data: Array.from({ length: rows }, (_, id) => id * (index + 1)),
  }));
  const folder = await folderOf({ "a.parquet": Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: rows })) });
  for (const skip of [0, 7777]) {
    const { records } = await readAll(parquet(`${folder}/a.parquet`), skip);
    expect(records.length).toBe(rows - skip);
    for (const [index, record] of records.entries()) {
      if (record["c0"] !== index + skip || record["c99"] !== (index + skip) * 100) expect(record).toBe(index + skip);
    }
  }
});

test("several files are one source, and each record and malformed row names its own", async () => {
  const folder = await folderOf({
    "a.parquet": await readFile(file("empty")),
    "b.parquet": await readFile(file("invalid-utf8")),
    "c.parquet": await readFile(file("rows-zstd")),
  });
  const source = parquet(`${folder}/*.parquet`, { columns: ["id"] });
  expect((await readAll(source)).records.length).toBe(3003);
  const { malformed, places } = await readAll(parquet([`${folder}/b.parquet`, `${folder}/c.parquet`]), 1);
  expect(malformed).toEqual([
    {
      code: "INVALID_UTF8",
      reason: "text: the text is not valid UTF-8",
      raw: '{"id":"2","text":"\uFFFD"}',
      source: `${folder}/b.parquet`,
      line: 2,
      byteOffset: null,
    },
  ]);
  expect(places.slice(0, 2).map(({ source: path, line }) => [path, line])).toEqual([
    [`${folder}/b.parquet`, 3],
    [`${folder}/c.parquet`, 1],
  ]);
});

test("an interrupted load goes on in whatever file it was, behind each row", async () => {
  const folder = await folderOf({
    "a.parquet": await readFile(file("rows-zstd")),
    "b.parquet": await readFile(file("rows-v2")),
  });
  const expected = [0, 1].flatMap(() => Array.from({ length: 3000 }, (_, id) => row(id)));
  for (const skip of [2999, 3000, 3001, 4777, 5999, 6000]) {
    const { records, places } = await readAll(parquet(folder), skip);
    expect(records).toEqual(expected.slice(skip));
    expect(places[0]?.line).toBe(skip < 6000 ? (skip % 3000) + 1 : undefined);
  }
});

test("a file without rows still says its fields", async () => {
  const batches = [];
  for await (const batch of parquet(file("empty")).open({ signal: AbortSignal.timeout(60_000), skip: 0 }))
    batches.push(batch.fields);
  expect(batches).toEqual([["id", "name", "tags"]]);
});

test("what is cut off, damaged or no Parquet is corrupt, not short", async () => {
  const whole = await readFile(file("rows-snappy"));
  const damaged = Buffer.from(whole);
  damaged.fill(0x55, 100, 2000);
  const folder = await folderOf({
    "cut.parquet": whole.subarray(0, whole.length - 200),
    "damaged.parquet": damaged,
    "text.parquet": "id\n1\n",
    "nothing.parquet": "",
  });
  for (const name of ["cut", "damaged", "text", "nothing"])
    await expect(readAll(parquet(`${folder}/${name}.parquet`))).rejects.toThrow("[SOURCE_CORRUPT]");
});

test("a file that is changed while it is read is an error that may pass", async () => {
  const folder = await folderOf({ "a.parquet": await readFile(file("rows-none")) });
  const reading = async () => {
    for await (const _ of parquet(`${folder}/a.parquet`).open({ signal: AbortSignal.timeout(60_000), skip: 0 }))
      await writeFile(`${folder}/a.parquet`, await readFile(file("rows-zstd")));
  };
  await expect(reading()).rejects.toMatchObject({ code: "SOURCE_MOVING" });
});

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const values = pgTable("things", {
  id: integer("id").primaryKey(),
  big: bigint("big", { mode: "bigint" }),
  wide: numeric("wide"),
  text: text("text"),
  data: bytea("data"),
  micros: timestamp("micros", { withTimezone: true, mode: "string" }),
  prices: jsonb("prices"),
  struct: jsonb("struct"),
});

test("C18: rows come into a table as they are, nested ones into jsonb", async () => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(
    "CREATE TABLE things (id int PRIMARY KEY, big int8, wide numeric, text text, data bytea, micros timestamptz, prices jsonb, struct jsonb)",
  );
  const operator = defineOperator({
    name: "things",
    extract: () => parquet(file("types")),
    record: tableRecord(values),
    target: values,
    load: upsert({ key: values.id }),
  });
  await runOperator(operator, { databaseUrl: database.url });
  expect(
    Array.from(
      await database.sql`SELECT id, big::text, wide::text, text, data::text, micros::text, prices::text, struct::text FROM things ORDER BY id LIMIT 2`,
    ),
  ).toEqual([
    {
      id: 1,
      big: "9007199254740993",
      wide: "123456789012345678901234567890.12345678",
      text: "é漢🚲",
      data: "\\x00ff",
      micros: "2024-02-29 23:59:59.123456+00",
      prices: "[1.10, 12345678901234567890.12]",
      struct: '{"at": "2024-01-01T00:00:00.000000Z", "tags": ["x", "y"], "inner": {"d": "2024-01-02"}}',
    },
    { id: 2, big: null, wide: null, text: null, data: null, micros: null, prices: null, struct: null },
  ]);
});
