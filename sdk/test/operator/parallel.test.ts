import { csv, daily, defineOperator, deleteInsert, text } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const days = Array.from({ length: 8 }, (_, day) => `2024-01-0${day + 1}`);

function counting(most: { now: number; ever: number }, parallel: number) {
  return defineOperator({
    name: "orders",
    partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
    config: z.object({ folder: z.string() }),
    parallel,
    extract: async ({ config, partition }) => {
      most.now += 1;
      most.ever = Math.max(most.ever, most.now);
      // Others begin meanwhile, if they may.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
      most.now -= 1;
      return csv(`${config.folder}/${partition.key}.csv`);
    },
    record: z.object({ id: text.integer(), day: z.string(), amount: text.decimal(), note: z.string().nullable() }),
    target: orders,
    load: deleteInsert({ partitionBy: orders.day }),
  });
}

test.for([1, 3])(
  "partitions of one run are loaded %i at a time, and one that fails stops no other",
  async (parallel) => {
    await using database = await ordersDatabase();
    const files = days.map((day, index) => [`${day}.csv`, `id,day,amount,note\n${index},${day},1,x\n`] as const);
    const folder = await csvFolder(Object.fromEntries(files.filter((_, index) => index !== 2)));
    const most = { now: 0, ever: 0 };
    const run = () =>
      runOperator(counting(most, parallel), { databaseUrl: database.url, partitions: days, config: { folder } });
    await expect(run()).rejects.toThrow("[PARTITIONS_FAILED] 1 of 8 partitions");
    expect(most.ever).toBe(parallel);
    expect(await database.sql`SELECT id FROM orders ORDER BY id`).toEqual([0, 1, 3, 4, 5, 6, 7].map((id) => ({ id })));
    const statuses = await database.sql`SELECT partition, status FROM millrace.runs ORDER BY partition`;
    expect(statuses).toEqual(
      days.map((partition, index) => ({ partition, status: index === 2 ? "failed" : "finished" })),
    );
  },
);
