import { createLogger } from "../../src/logging/logger.ts";
import { deleteInsert } from "@millrace/sdk";
import { afterAll, expect, test } from "vitest";
import { execute } from "../../src/operator/execute.ts";
import { RecordingHost } from "../../src/testing/recording-host.ts";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

test("a launcher that asks for no log messages of several partitions hears of those with rejected records alone", async () => {
  await using database = await ordersDatabase();
  const good = (day: string) => `id,day,amount,note\n1,${day},1,x\n`;
  const [first, second] = ["2024-01-01", "2024-01-02"] as const;
  const folder = await csvFolder({
    [`${first}.csv`]: good(first),
    [`${second}.csv`]: `${good(second)}${`2,${second},1,x\n`.repeat(20)}never,${second},1,x\n`,
  });
  const logged = async (keys: readonly string[], extras: { readonly log_partitions?: boolean }) => {
    const host = new RecordingHost({ config: { folder }, partitions: { kind: "keys", keys }, extras });
    const operator = dailyOrdersOperator(deleteInsert({ partitionBy: orders.day }));
    await execute({ operator, host, log: createLogger({ level: "silent" }), env: { DATABASE_URL: database.url } });
    expect(host.recording.materializations.filter(({ partition }) => partition !== null)).toHaveLength(keys.length);
    return host.recording.logs.map(({ level, message }) => `${level} ${message.split(":")[0]}`);
  };
  const clean = `info daily_orders ${first}`;
  const rejected = `warning daily_orders ${second}`;
  expect(await logged([first, second], {})).toEqual([clean, rejected]);
  expect(await logged([first, second], { log_partitions: false })).toEqual([rejected]);
  // The only one has no message of its own that says the same.
  expect(await logged([first], { log_partitions: false })).toEqual([clean]);
});
