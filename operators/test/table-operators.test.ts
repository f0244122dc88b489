import { readDeclared } from "@millrace/operators";
import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stopServer, testDatabase, type TestDatabase } from "./database.ts";

// What reads tables and changes of another PostgreSQL, with no TypeScript written.

const folder = await mkdtemp(join(tmpdir(), "millrace-operators-"));
const changesFile = join(folder, "changes.jsonl");
const OPERATORS = `operators:
  - name: whole
    operator: table_to_table
    config: { database: SOURCE_URL, source: items, table: whole, load: replace, where: "id < 9000" }
  - name: new_items
    operator: table_to_table
    config: { database: SOURCE_URL, source: items, table: new_items, load: append, ascending: id }
  - name: changed
    operator: table_to_table
    config: { database: SOURCE_URL, source: items, table: changed, load: upsert, key: [id], orderBy: at, watermark: at, lag: "0" }
  - name: by_day
    operator: table_to_table
    partitions: { kind: daily, start: 2024-01-01, end: 2024-02-01 }
    config: { database: SOURCE_URL, source: items, table: by_day, load: delete_insert, partitionBy: at, partitionColumn: at }
  - name: replica
    operator: replicate_table
    config: { database: SOURCE_URL, source: items, table: replica, slot: replica, publication: items, key: [id], sequence: lsn }
  - name: debezium
    operator: apply_changes
    config: { path: ${changesFile}, format: debezium, table: replica2, key: [id], sequence: lsn }
  - name: outbox
    operator: apply_changes
    config:
      database: SOURCE_URL
      source: outbox
      ascending: n
      format: fields
      events: { operation: op, data: payload, sequence: n }
      table: applied
      key: [id]
      sequence: seq
  - name: totals
    operator: refresh_table
    dependsOn: [whole]
    config: { table: totals, select: "SELECT name, count(*) AS items FROM whole GROUP BY name" }
`;

const CHANGES = [
  { op: "r", before: null, after: { id: 1, name: "a" }, source: { lsn: 9007199254740990, ts_ms: 1700000000000 } },
  { op: "u", before: null, after: { id: 1, name: "b" }, source: { lsn: 9007199254740991 } },
  { payload: { op: "c", before: null, after: { id: 2, name: "c" }, source: { lsn: 5 } } },
  { op: "d", before: { id: 2 }, after: null, source: { lsn: 6 } },
  { op: "u", before: null, after: { id: 2, name: "stale" }, source: { lsn: 5 } },
];
const columns = "id bigint PRIMARY KEY, name text, at timestamptz";

let source: PostgresServer;
beforeAll(async () => {
  source = await startPostgres({ settings: { wal_level: "logical" } });
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await stopServer();
  await rm(folder, { recursive: true });
});

async function run(name: string, database: TestDatabase, partition?: string): Promise<Record<string, unknown>> {
  const declared = readDeclared(OPERATORS, "operators.yaml").find(({ operator }) => operator.name === name)!;
  const options = { databaseUrl: database.url, ...(partition !== undefined && { partitions: [partition] }) };
  return (await runOperator(await declared.open(() => database.url), options)).materializations[0]!.metadata;
}

test("tables and changes of another PostgreSQL are loaded by what operators.yaml says", async () => {
  await using database = await testDatabase(
    `CREATE TABLE whole (${columns}); CREATE TABLE new_items (${columns}); CREATE TABLE changed (${columns}); CREATE TABLE by_day (${columns});
     CREATE TABLE replica (${columns}, lsn pg_lsn); CREATE TABLE replica2 (id int PRIMARY KEY, name text, lsn bigint);
     CREATE TABLE applied (id int PRIMARY KEY, name text, seq bigint); CREATE TABLE totals (name text, items bigint)`,
  );
  const sourceUrl = await source.createDatabase("shop");
  const sql = postgres(sourceUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`CREATE TABLE items (${columns}); CREATE PUBLICATION items FOR TABLE items;
    INSERT INTO items SELECT n, 'name ' || n % 3, timestamptz '2024-01-01' + n * interval '1 minute' FROM generate_series(1, 4000) n;
    CREATE TABLE outbox (n bigint PRIMARY KEY, op text, payload jsonb);
    INSERT INTO outbox VALUES (1, 'insert', '{"id": 1, "name": "first"}'), (2, 'insert', '{"id": 2, "name": "second"}'), (3, 'delete', '{"id": 1}')`);
  process.env["SOURCE_URL"] = sourceUrl;
  await writeFile(changesFile, CHANGES.map((change) => JSON.stringify(change)).join("\n"));
  const count = async (table: string) => (await database.lines(`SELECT count(*) FROM ${table}`))[0];

  for (const name of ["whole", "new_items", "changed", "replica", "debezium", "outbox"]) await run(name, database);
  await run("by_day", database, "2024-01-02");
  await run("totals", database);
  for (const table of ["whole", "new_items", "changed", "replica"]) expect(await count(table)).toBe("4000");
  expect(await database.lines("SELECT count(*), min(at)::text, max(at)::text FROM by_day")).toEqual([
    "1440 2024-01-02 00:00:00+00 2024-01-02 23:59:00+00",
  ]);
  expect(await database.lines("SELECT * FROM replica2")).toEqual(["1 b 9007199254740991"]);
  expect(await database.lines("SELECT * FROM applied")).toEqual(["2 second 2"]);
  expect(await database.lines("SELECT * FROM totals ORDER BY name")).toEqual([
    "name 0 1333",
    "name 1 1334",
    "name 2 1333",
  ]);

  await sql.unsafe(`INSERT INTO items VALUES (5000, 'new', now() - interval '1 minute'); DELETE FROM items WHERE id = 1;
    UPDATE items SET name = 'changed', at = now() - interval '1 minute' WHERE id = 2; INSERT INTO outbox VALUES (4, 'update', '{"id": 2, "name": "changed"}')`);
  for (const name of ["whole", "new_items", "changed", "replica", "outbox"]) await run(name, database);
  expect(await count("new_items")).toBe("4001");
  expect(await database.lines("SELECT name FROM changed WHERE id IN (1, 2, 5000) ORDER BY id")).toEqual([
    "name 1",
    "changed",
    "new",
  ]);
  for (const table of ["whole", "replica"])
    expect(await database.lines(`SELECT name FROM ${table} WHERE id IN (1, 2, 5000) ORDER BY id`)).toEqual([
      "changed",
      "new",
    ]);
  expect(await database.lines("SELECT * FROM applied")).toEqual(["2 changed 4"]);
  await sql.end();
});
