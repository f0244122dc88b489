import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { writeOrders } from "../load/data.ts";

export type FileKind = "csv" | "jsonl" | "parquet";

/** The same orders as CSV, JSON Lines and Parquet; returns where each is. */
export async function writeOrderFiles(folder: string, rows: number): Promise<(kind: FileKind) => string> {
  const path = (kind: FileKind) => join(folder, `orders-${rows}.${kind}`);
  await writeOrders({ path: path("csv"), rows });
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
  const orders = `read_csv('${path("csv")}', types = {'amount': 'DECIMAL(12,2)'})`;
  await duckdb.run(`SET TimeZone = 'UTC'`);
  await duckdb.run(
    `COPY (SELECT * REPLACE (strftime(created_at, '%Y-%m-%dT%H:%M:%SZ') AS created_at) FROM ${orders}) TO '${path("jsonl")}' (FORMAT json)`,
  );
  await duckdb.run(`COPY (FROM ${orders}) TO '${path("parquet")}' (FORMAT parquet, COMPRESSION zstd)`);
  duckdb.closeSync();
  return path;
}
