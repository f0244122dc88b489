import { append, defineOperator, postgresTable, replace, tableRecord, type RecordSource } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/node-postgres";
import { getTableColumns, type Column } from "drizzle-orm";
import { integer, pgTable, type PgTable } from "drizzle-orm/pg-core";
import fc from "fast-check";
import pg from "pg";
import { expect } from "vitest";
import type { FuzzDatabase } from "../place.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { kinds, mood } from "./kinds.ts";

interface Given {
  readonly kind: string;
  readonly value: unknown;
}

const given: fc.Arbitrary<Given> = fc
  .constantFrom(...Object.keys(kinds))
  .chain((kind) => kinds[kind]!.values.map((value) => ({ kind, value })));

const columns = () => ({
  id: integer().primaryKey(),
  ...Object.fromEntries(Object.entries(kinds).map(([name, { column }]) => [name, column()])),
});
const loaded: PgTable = pgTable("loaded", columns());
const inserted: PgTable = pgTable("inserted", columns());
const copied: PgTable = pgTable("copied", columns());
/** Of columns that each row gives or none. */
const NUMBERS = { smallserial: 1, serial: 1, bigserial: 1n } as const;

export const asInserted: FuzzProperty = {
  name: "columns: values of every type are what an INSERT with parameters makes of them, or dead letters",
  cases: 12,
  async open(place) {
    const database = await place.database();
    await createTables(database);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    place.defer(() => client.end());
    return holds(fc.array(given, { minLength: 1, maxLength: 60 }), async (all) => {
      await database.sql`TRUNCATE loaded, inserted, copied, millrace.dead_letters, millrace.checkpoints CASCADE`;
      const refused = await insertEach(client, all);
      const operator = defineOperator({
        name: "loaded",
        extract: () => sourceOf(all),
        transform: (row) => row as never,
        target: loaded,
        load: append(),
        rejects: { maxRatio: 1 },
      });
      await runOperator(operator, { databaseUrl: database.url });
      expect(await rows(database, "loaded")).toEqual(await rows(database, "inserted"));
      const letters =
        await database.sql`SELECT line FROM millrace.dead_letters WHERE operator = 'loaded' ORDER BY line`;
      expect(letters.map(({ line }) => all[Number(line) - 1])).toEqual(refused);
      const copy = defineOperator({
        name: "copied",
        extract: () => postgresTable(database.url, "loaded"),
        record: tableRecord(copied),
        target: copied,
        load: replace({ minRows: 0, maxShrink: 1 }),
      });
      await runOperator(copy, { databaseUrl: database.url });
      expect(await rows(database, "copied")).toEqual(await rows(database, "loaded"));
    });
  },
};

async function createTables({ sql, url }: FuzzDatabase): Promise<void> {
  await sql.unsafe(
    `CREATE TYPE mood AS ENUM (${mood.enumValues.map((one) => `'${one.replaceAll("'", "''")}'`).join(", ")})`,
  );
  for (const [name, table] of Object.entries({ loaded, inserted, copied })) {
    const definitions = Object.values<Column>(getTableColumns(table)).map(
      ({ name: column, getSQLType }, index) =>
        `${column} ${getSQLType.call(Object.values<Column>(getTableColumns(table))[index])}`,
    );
    await sql.unsafe(`CREATE TABLE ${name} (${definitions.join(", ")}, PRIMARY KEY (id))`);
  }
  const first = defineOperator({
    name: "first",
    extract: () => sourceOf([]),
    transform: () => null,
    target: loaded,
    load: append(),
  });
  await runOperator(first, { databaseUrl: url });
}

/** Inserts one after the other; returns those that can not be. */
async function insertEach(client: pg.Client, all: readonly Given[]): Promise<Given[]> {
  const database = drizzle(client);
  const refused: Given[] = [];
  for (const [index, one] of all.entries()) {
    const { kind, value } = one;
    if (isRefusedByIntent(one)) {
      refused.push(one);
      continue;
    }
    try {
      // Text is taken as it is in all columns but those of JSON, whatever drizzle's mode: see `driverValue`.
      if (typeof value === "string" && !kind.startsWith("json"))
        await client.query(...insertOfText(index + 1, one.kind, value));
      else await database.insert(inserted).values({ id: index + 1, ...NUMBERS, [kind]: value } as never);
    } catch {
      refused.push(one);
    }
  }
  return refused;
}

function insertOfText(id: number, kind: string, value: string): [statement: string, values: unknown[]] {
  const row = { id, ...NUMBERS, [kind]: value };
  const places = Object.keys(row).map((_, index) => `$${index + 1}`);
  return [`INSERT INTO inserted (${Object.keys(row).join(", ")}) VALUES (${places.join(", ")})`, Object.values(row)];
}

/** What a driver changes without a word, and numbers that a column of money takes. */
function isRefusedByIntent({ kind, value }: Given): boolean {
  if (kind.startsWith("numeric") && !kind.endsWith("list")) return typeof value === "number" && !Number.isFinite(value);
  return kind.startsWith("json")
    ? false
    : [value].flat(2).some((one) => typeof one === "string" && !one.isWellFormed());
}

async function rows({ sql }: FuzzDatabase, table: string): Promise<string[]> {
  return (await sql.unsafe(`SELECT t::text AS line FROM ${table} t ORDER BY id`)).map(({ line }) => line as string);
}

let sources = 0;

function sourceOf(all: readonly Given[]): RecordSource<Record<string, unknown>> {
  const uri = `memory:${(sources += 1)}`;
  return {
    kind: "records",
    uri,
    local: true,
    typed: true,
    fingerprint: async () => uri,
    async *open() {
      const records = all.map(({ kind, value }, index) => ({ id: index + 1, ...NUMBERS, [kind]: value }));
      yield {
        records,
        malformed: [],
        bytes: 0,
        position: (index) => ({ source: uri, line: index + 1, byteOffset: null }),
      };
    },
  };
}
