import { createReadStream } from "node:fs";
import { csv, jsonl, parquet, tableRecord, type RecordSource } from "@millrace/sdk";
import { orders } from "../load/tables.ts";

// `node worker.ts NAME FILE`: reads all records of a file in a process of its own and prints what it took.
const [name, file] = process.argv.slice(2) as [string, string];

const COLUMNS = {
  id: "INTEGER",
  customer_id: "INTEGER",
  created_at: "TIMESTAMPTZ",
  status: "VARCHAR",
  amount: "DECIMAL(12,2)",
  quantity: "SMALLINT",
  email: "VARCHAR",
  note: "VARCHAR",
};
const TYPES = Object.entries(COLUMNS)
  .map(([column, type]) => `'${column}': '${type}'`)
  .join(", ");
const record = tableRecord(orders);

/** How each reads a file into records of which every field has been checked against its column's type; returns how many. */
const readers: Readonly<Record<string, () => Promise<number>>> = {
  "millrace-csv": () => ours(csv(file)),
  "millrace-jsonl": () => ours(jsonl(file)),
  "millrace-parquet": () => ours(parquet(file)),
  "csv-parse": async () => {
    const { parse } = await import("csv-parse");
    let rows = 0;
    for await (const one of createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(parse({ columns: true })))
      rows += checked(record["~standard"].validate(one));
    return rows;
  },
  "duckdb-csv": () => duckdb(`read_csv('${file}', header = true, columns = {${TYPES}})`),
  "duckdb-jsonl": () => duckdb(`read_json('${file}', format = 'newline_delimited', columns = {${TYPES}})`),
  "duckdb-parquet": () => duckdb(`read_parquet('${file}')`),
};

async function ours(source: RecordSource<unknown>): Promise<number> {
  const validator = source.typed ? record.ofTypedValues() : record;
  let rows = 0;
  for await (const { records } of source.open({ signal: new AbortController().signal, skip: 0 }))
    for (const one of records) rows += checked(validator["~standard"].validate(one));
  return rows;
}

function checked(result: unknown): number {
  return (result as { readonly issues?: unknown }).issues === undefined ? 1 : 0;
}

/** As rows of JavaScript values, which is what a program gets. */
async function duckdb(table: string): Promise<number> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const result = await connection.stream(`SELECT ${Object.keys(COLUMNS).join(", ")} FROM ${table}`);
  let rows = 0;
  for await (const some of result.yieldRowObjects()) rows += some.length;
  return rows;
}

const cpu = process.cpuUsage();
const began = performance.now();
const rows = await readers[name]!();
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ rows, ms, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 }));
