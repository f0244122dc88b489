import { append, deleteInsert, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { rm } from "node:fs/promises";
import { afterAll, describe, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const CONTENT =
  "id,day,amount,note\n1,2024-01-01,10,a\n2,2024-01-01,20,bad\n3,2024-01-01,30,null\u0000byte\n4,2024-01-01,40,d\n";
const rejects = { max: 9, maxRatio: 1 };

describe("C2: what the scheduler has not heard of a finished attempt it hears again, and nothing is loaded again", () => {
  test.for([
    ["append", ordersOperator(append(), { rejects }), false],
    ["upsert", ordersOperator(upsert({ key: orders.id }), { rejects }), false],
    ["replace", ordersOperator(replace(), { rejects }), false],
    ["delete-insert", { ...dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), rejects }, true],
  ] as const)("%s", async ([, operator, partitioned]) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    const folder = await csvFolder({ "2024-01-01.csv": CONTENT });
    const config = partitioned ? { folder } : { file: `${folder}/2024-01-01.csv` };
    const run = async (runId: string) => {
      const options = { databaseUrl: database.url, config, runId, ...(partitioned && { partitions: ["2024-01-01"] }) };
      return (await runOperator(operator, options)).materializations;
    };
    const marks = async () => [
      await database.sql`SELECT ctid::text, xmin::text FROM orders ORDER BY ctid`,
      await database.sql`SELECT * FROM millrace.runs`,
      await database.sql`SELECT * FROM millrace.checkpoints`,
      await database.sql`SELECT id, status FROM millrace.dead_letters`,
    ];
    const [first] = await run("run 1");
    const before = await marks();
    // It is not so much as read again.
    await rm(folder, { recursive: true });
    const [again] = await run("run 1");
    expect(await marks()).toEqual(before);
    expect(again).toEqual({
      ...first!,
      metadata: {
        ...first!.metadata,
        start: "reported-again",
        duration_seconds: expect.anything(),
        rows_per_second: expect.anything(),
      },
    });
    expect(again!.metadata).toMatchObject({
      read: 4,
      rejected: partitioned ? 1 : 2,
      "dagster/uri": expect.stringContaining("2024-01-01.csv") as string,
    });
    // Another run loads.
    await expect(run("run 2")).rejects.toThrow("[SOURCE_NOT_FOUND]");
  });
});

test("C2: an attempt is not reported again once another run has finished the partition", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const folder = await csvFolder({ "a.csv": CONTENT });
  const operator = ordersOperator(upsert({ key: orders.id }), { rejects });
  const run = async (runId: string) =>
    (await runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` }, runId }))
      .materializations[0]!.metadata;
  expect(await run("run 1")).toMatchObject({ start: "fresh", inserted: 2 });
  expect(await run("run 2")).toMatchObject({ start: "fresh", unchanged: 2 });
  expect(await run("run 2")).toMatchObject({ start: "reported-again", unchanged: 2 });
  expect(await run("run 1")).toMatchObject({ start: "fresh", unchanged: 2 });
});
