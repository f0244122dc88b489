import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { MillraceError, parquet } from "@millrace/sdk";
import fc from "fast-check";
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { FuzzPlace } from "../place.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { columns, expectTold } from "./columns.ts";

const table = fc.record({
  names: fc.uniqueArray(fc.constantFrom(...Object.keys(columns)), { minLength: 1, maxLength: 6 }),
  /** Of each row and column, which of its texts; beyond them null. */
  picks: fc.array(fc.nat(40), { minLength: 1, maxLength: 40 }),
  rows: fc.oneof({ weight: 5, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.integer({ min: 2040, max: 6200 }) }),
  codec: fc.constantFrom("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"),
  version: fc.constantFrom("V1", "V2"),
});

type Table = typeof table extends fc.Arbitrary<infer One> ? One : never;

export const parquetFiles: FuzzProperty = {
  name: "parquet: whatever DuckDB writes is read as it has it, from any row",
  cases: 40,
  async open(place) {
    const duckdb = await open(place);
    return holds(
      fc.record({ table, skip: fc.double({ min: 0, max: 1, noNaN: true }) }),
      async ({ table: one, skip: share }) => {
        const { path, told } = await write(place, duckdb, one);
        const skip = Math.floor(share * one.rows);
        const outcome = await read(parquet(path), skip).catch((error: MillraceError) => error);
        if (outcome instanceof Error) {
          expect(outcome.message).toMatch(/^\[PARQUET_MISREAD\] Column "unsigned32" /);
          expect(one.version).toBe("V2");
          return;
        }
        const { records, malformed } = outcome;
        expect(malformed).toEqual([]);
        expect(records.length).toBe(one.rows - skip);
        for (const [index, { record }] of records.entries())
          for (const [place_, name] of one.names.entries())
            expectTold(columns[name]!, record[name], told[index + skip]![place_]!);
      },
    );
  },
};

const damage = fc.record({
  table: table.map((one) => ({ ...one, rows: Math.min(one.rows, 100) })),
  flips: fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.integer({ min: 1, max: 255 })),
    { maxLength: 4 },
  ),
  /** The end is where the footer is. */
  atEnd: fc.boolean(),
  kept: fc.oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
});

export const damagedParquet: FuzzProperty = {
  name: "parquet: a damaged file is refused, or read as far as it can be, and nothing else",
  cases: 60,
  async open(place) {
    const duckdb = await open(place);
    return holds(damage, async ({ table: one, flips, atEnd, kept }) => {
      const { path } = await write(place, duckdb, one);
      const whole = await readFile(path);
      for (const [share, mask] of flips) {
        const span = atEnd ? Math.min(600, whole.length) : whole.length;
        const at = whole.length - span + Math.floor(share * span);
        whole[at] = whole[at]! ^ mask;
      }
      const damaged = await place.write("damaged.parquet", whole.subarray(0, Math.floor(kept * whole.length)));
      const outcome = await read(parquet(damaged)).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(MillraceError);
        expect(outcome.message).toMatch(/^\[(SOURCE_CORRUPT|PARQUET_COLUMNS|PARQUET_MISREAD)\] /);
      }
    });
  },
};

async function open(place: FuzzPlace): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  place.defer(async () => connection.closeSync());
  await connection.run("SET TimeZone = 'UTC'; SET threads = 1");
  return connection;
}

/** Writes a table, and returns what DuckDB tells of it. */
async function write(place: FuzzPlace, duckdb: DuckDBConnection, { names, picks, rows, codec, version }: Table) {
  const values = names.map((name, column) => {
    const { type, texts } = columns[name]!;
    const cases = picks.map(
      (pick, index) => `WHEN ${index} THEN ${literal(texts[(pick + column * 3) % (texts.length + 1)])}`,
    );
    return `CAST(CASE (n + ${column}) % ${picks.length} ${cases.join(" ")} END AS ${type}) AS "${name}"`;
  });
  await duckdb.run(
    `CREATE OR REPLACE TABLE written AS SELECT n, ${values.join(", ")} FROM range(${rows}) AS given (n)`,
  );
  const path = await place.write("a.parquet", "");
  const columnNames = names.map((name) => `"${name}"`).join(", ");
  await duckdb.run(
    `COPY (SELECT ${columnNames} FROM written ORDER BY n) TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048)`,
  );
  const tellings = names.map((name) => `CAST(${columns[name]!.told.replaceAll(/\bx\b/g, `"${name}"`)} AS VARCHAR)`);
  const told = (await duckdb.runAndReadAll(`SELECT ${tellings.join(", ")} FROM written ORDER BY n`)).getRows() as (
    | string
    | null
  )[][];
  return { path, told };
}

function literal(text: string | undefined): string {
  return text === undefined ? "NULL" : `'${text.replaceAll("'", "''")}'`;
}
