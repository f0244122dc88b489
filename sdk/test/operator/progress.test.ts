import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { defineOperator, jsonl, parquet, target, upsert, type LoadOperator, type Operator } from "@millrace/sdk";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../../src/host/host.ts";
import { createLogger } from "../../src/logging/logger.ts";
import { execute } from "../../src/operator/execute.ts";
import { RecordingHost } from "../../src/testing/recording-host.ts";
import {
  bytesOrdersOperator,
  csvFolder,
  orders,
  ordersDatabase,
  ordersOperator,
  stopServer,
  type OrdersDatabase,
} from "./orders.ts";

afterAll(stopServer);

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${from + index},2024-01-01,1,${index % 9 === 0 ? "bad" : "x"}\n`);
const content = (from: number, to: number) => `id,day,amount,note\n${lines(from, to).join("")}`;

/** What an operator that is launched for it says of its progress. */
async function progress(
  operator: Operator,
  { url }: OrdersDatabase,
  { config = {}, asked = true }: { readonly config?: Record<string, Json>; readonly asked?: boolean } = {},
): Promise<readonly Readonly<Record<string, Json>>[]> {
  const host = new RecordingHost({ config, partitions: null, extras: asked ? { progress: true } : {} });
  await execute({ operator, host, log: createLogger({ level: "silent" }), env: { DATABASE_URL: url } });
  return host.recording.custom as never;
}

async function sizeOf(folder: string, names: readonly string[]): Promise<number> {
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((total, size) => total + size, 0);
}

/** Rows that stay bytes are read by one engine, those of a transform by another. */
const engines: readonly (readonly [string, LoadOperator, number])[] = [
  ["records", { ...ordersOperator(upsert({ key: orders.id })), rejects: { max: 100, maxRatio: 1 } }, 12],
  ["bytes", bytesOrdersOperator, 0],
];

test.for(engines)("files of a glob count as they are stored: %s", async ([, operator, rejected]) => {
  await using database = await ordersDatabase(", UNIQUE (id)");
  const folder = await csvFolder({ "a.csv": content(0, 50) });
  await writeFile(join(folder, "b.csv.gz"), gzipSync(content(50, 100)));
  const total = await sizeOf(folder, ["a.csv", "b.csv.gz"]);
  const chunked = { ...operator, chunks: { maxRows: 7, maxBytes: 1_000_000 } };
  const said = await progress(chunked, database, { config: { file: `${folder}/*` } });
  const facts = { type: "progress", partition: null };
  expect(said[0]).toEqual({
    ...facts,
    read: 0,
    rejected: 0,
    chunks: 0,
    bytes: 0,
    bytes_total: null,
    all_read: false,
  });
  expect(said.at(-1)).toEqual({
    ...facts,
    read: 100,
    rejected,
    chunks: expect.any(Number),
    bytes: total,
    bytes_total: total,
    all_read: true,
  });
  expect(said.at(-1)!["chunks"]).toBeGreaterThan(1);
  expect(await progress(chunked, database, { config: { file: `${folder}/*` }, asked: false })).toEqual([]);
});

const record = z.object({ id: z.number(), day: z.string(), amount: z.null(), note: z.null() });

test.for(["jsonl", "parquet"] as const)("%s too", async (format) => {
  await using database = await ordersDatabase(", UNIQUE (id)");
  const folder = await csvFolder({});
  const names = ["a", "b"].map((name) => `${name}.${format}`);
  for (const [index, name] of names.entries()) {
    const ids = Array.from({ length: 20 }, (_, id) => index * 20 + id);
    const rows = ids.map((id) => ({ id, day: "2024-01-01", amount: null, note: null }));
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await writeFile(join(folder, name), format === "jsonl" ? text : parquetOf(ids));
  }
  const total = await sizeOf(folder, names);
  const operator = defineOperator({
    name: "orders",
    extract: () => (format === "jsonl" ? jsonl(folder) : parquet(folder)),
    record: format === "jsonl" ? record : z.object({ id: z.number() }),
    transform: ({ id }: { id: number }) => ({ id, day: "2024-01-01", amount: null, note: null }),
    target: orders,
    load: upsert({ key: orders.id }),
  });
  const said = await progress(operator, database);
  expect(said.at(-1)).toMatchObject({ read: 40, bytes: total, bytes_total: total, all_read: true });
});

function parquetOf(ids: readonly number[]): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData: [{ name: "id", data: [...ids], type: "INT32" }] }));
}

test("an operator that commits by itself says what it has committed", async () => {
  await using database = await ordersDatabase(", UNIQUE (id)");
  const operator = defineOperator({
    name: "orders",
    targets: [target(orders, upsert({ key: orders.id }))],
    run: async ({ commit }) => {
      await delay(250); // what comes sooner is not told
      await commit(async (chunk) => {
        await chunk.write(orders, [{ id: 1, day: "2024-01-01", amount: null, note: null }]);
        chunk.reject({ reason: "bad" });
      });
    },
    rejects: { maxRatio: 1 },
  });
  expect(await progress(operator, database)).toMatchObject([
    { read: 0, chunks: 0, bytes_total: null },
    { read: 2, rejected: 1, chunks: 1, bytes_total: null },
  ]);
});
