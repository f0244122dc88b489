import {
  append,
  applyChanges,
  csv,
  defineOperator,
  deleteInsert,
  MillraceError,
  notNull,
  replace,
  rowCount,
  staticPartitions,
  tableRecord,
  upsert,
  postgresTable,
  type LoadOperator,
} from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import * as pg from "drizzle-orm/pg-core";
import fc from "fast-check";
import { expect } from "vitest";
import type { FuzzDatabase } from "../place.ts";
import { holds, type FuzzProperty } from "../property.ts";

const { constantFrom } = fc;
const name = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.string({
        unit: constantFrom(
          '"',
          "'",
          ".",
          " ",
          ";",
          "--",
          "$1",
          "%",
          "\\",
          "A",
          "a",
          "é",
          "🚲",
          "\n",
          "\t",
          "{",
          "}",
          "`",
          "/*",
          ",",
          "?",
          "$$",
        ),
        minLength: 1,
        maxLength: 9,
      }),
    },
    {
      weight: 2,
      arbitrary: constantFrom(
        "select",
        "user",
        "order",
        "Order",
        "table",
        "null",
        "excluded",
        "target",
        "source",
        "staged",
        "count",
        "hash",
        "row",
        "t",
        "s",
        "a",
        "key",
        "millrace",
        "pg_temp",
        "public",
        "$user",
        "constructor",
        "toString",
        "__proto__",
        "id",
        "line",
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: constantFrom("é", "x", "🚲"), minLength: 14, maxLength: 40 }) },
  )
  // A schema can not begin so, and what is longer than 63 bytes is another name to PostgreSQL.
  .filter((one) => !one.startsWith("pg_"));
const names = fc.uniqueArray(name, {
  minLength: 8,
  maxLength: 8,
  selector: (one) => Buffer.from(one).subarray(0, 60).toString(),
});
const strategy = constantFrom("append", "upsert", "hashed", "partition", "replace", "swap", "changes", "soft", "read");

type Strategy = typeof strategy extends fc.Arbitrary<infer One> ? One : never;

export const identifiers: FuzzProperty = {
  name: "names: schemas, tables, columns and constraints of any name are loaded, or refused clearly",
  cases: 14,
  async open(place) {
    const database = await place.database();
    let number = 0;
    return holds(fc.record({ names, strategy }), async ({ names: all, strategy: load }) => {
      const [schemaName, tableName, key, value, hash, mark, constraint, index] = all as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      const table = tableOf({ schemaName, tableName, key, value, hash, mark });
      await database.sql.unsafe(`DROP SCHEMA IF EXISTS ${quoted(schemaName)} CASCADE`);
      if (schemaName !== "public") await database.sql`DROP SCHEMA IF EXISTS public CASCADE`;
      await database.sql.unsafe(`CREATE SCHEMA ${quoted(schemaName)}`);
      const where = `${quoted(schemaName)}.${quoted(tableName)}`;
      await database.sql.unsafe(
        `CREATE TABLE ${where} (${quoted(key)} int NOT NULL, ${quoted(value)} text CONSTRAINT ${quoted(constraint)} CHECK (${quoted(value)} <> 'bad'), ${quoted(hash)} text, ${quoted(mark)} timestamptz);
         CREATE UNIQUE INDEX ${quoted(index)} ON ${where} (${quoted(key)})`,
      );
      number += 1;
      const file = [
        [key, value, mark, hash],
        [1, "one", "", 1],
        [2, "two", "", 1],
        [3, "bad", "", 1],
      ].map((row) => (load === "hashed" ? row.slice(0, 3) : row));
      const path = await place.write(
        `names-${number}.csv`,
        file.map((row) => row.map((field) => quoted(String(field), field === "")).join(",")).join("\n"),
      );
      if (load === "read") await database.sql.unsafe(`INSERT INTO ${where} VALUES (1, 'one'), (2, 'two')`);
      const outcome = await outcomeOf(database, operatorOf(load, { table, path, url: database.url, number }));
      if (outcome !== null) {
        // What is longer than 63 bytes is another name to PostgreSQL, and no record has a field of that other name.
        expect(outcome.message).toMatch(/^\[(PREFLIGHT|CSV_HEADER|SOURCE_TABLE)\] /);
        const refusable = all.some((one) => Buffer.byteLength(one) > 63 || one === "__proto__");
        expect(refusable, outcome.message).toBe(true);
        return;
      }
      const rows = await database.sql.unsafe(
        `SELECT ${quoted(key)}::text || ' ' || ${quoted(value)} AS row FROM ${where} ORDER BY 1`,
      );
      expect(rows.map(({ row }) => row as string)).toEqual(["1 one", "2 two"]);
    });
  },
};

async function outcomeOf({ url }: FuzzDatabase, operator: LoadOperator): Promise<MillraceError | null> {
  try {
    for (const partition of operator.partitions ? ["one", "two"] : [null])
      await runOperator(operator, { databaseUrl: url, ...(partition !== null && { partitions: [partition] }) });
    return null;
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
}

/** An identifier, or a field of CSV: they are quoted alike. */
function quoted(text: string, bare = false): string {
  return bare ? text : `"${text.replaceAll('"', '""')}"`;
}

interface Names {
  readonly schemaName: string;
  readonly tableName: string;
  readonly key: string;
  readonly value: string;
  readonly hash: string;
  readonly mark: string;
}

function tableOf({ schemaName, tableName, key, value, hash, mark }: Names) {
  // drizzle has no schema of that name, it is the one without.
  const make = (schemaName === "public" ? pg.pgTable : pg.pgSchema(schemaName).table) as typeof pg.pgTable;
  return make(tableName, {
    key: pg.integer(key).notNull(),
    value: pg.text(value),
    hash: pg.text(hash),
    mark: pg.timestamp(mark, { withTimezone: true, mode: "string" }),
  });
}

function operatorOf(
  load: Strategy,
  { table, path, url, number }: { table: ReturnType<typeof tableOf>; path: string; url: string; number: number },
): LoadOperator {
  const record = tableRecord(table);
  const base = {
    name: `names_${number}`,
    extract: () => csv(path),
    record,
    target: table,
    rejects: { maxRatio: 1 },
    checks: [notNull(table.key), rowCount({ min: 1 })],
  };
  switch (load) {
    case "append":
      return defineOperator({ ...base, load: append() });
    case "upsert":
      return defineOperator({ ...base, load: upsert({ key: table.key, orderBy: table.key }) });
    case "hashed":
      return defineOperator({ ...base, load: upsert({ key: table.key, hash: table.hash }) });
    case "partition":
      return defineOperator({
        ...base,
        partitions: staticPartitions(["one", "two"]),
        load: deleteInsert({ partitionBy: table.value }),
      });
    case "replace":
      return defineOperator({ ...base, load: replace() });
    case "swap":
      return defineOperator({ ...base, load: replace({ swap: true }) });
    case "read":
      return defineOperator({
        ...base,
        extract: () => postgresTable(url, table),
        record,
        load: upsert({ key: table.key }),
      });
    default: {
      const options = { key: table.key, sequence: table.hash, ...(load === "soft" && { softDelete: table.mark }) };
      return defineOperator({
        ...base,
        transform: ({ key, value, hash }: (typeof table)["$inferInsert"]) => ({
          operation: "upsert",
          row: { key, value, hash },
        }),
        load: applyChanges(options as never),
      } as never) as unknown as LoadOperator;
    }
  }
}
