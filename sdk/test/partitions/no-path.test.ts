import { append, csv, defineOperator, dynamicPartitions, multi, staticPartitions } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";

const numbers = pgTable("numbers", { id: integer("id") });
const dynamic = dynamicPartitions("customers");

describe("a key that leads out of a folder is refused before anything is read", () => {
  test.for([
    ["../../etc/passwd", dynamic],
    ["a/../../b", dynamic],
    ["..", dynamic],
    ["..\\b", dynamic],
    ["a\0b", dynamic],
    ["../x|one", multi({ customer: dynamic, part: staticPartitions(["one"]) })],
  ] as const)("%s", async ([key, partitions]) => {
    const operator = defineOperator({
      name: "numbers",
      partitions,
      extract: ({ partition }) => csv(`data/${partition.key}.csv`),
      transform: () => ({ id: 1 }),
      target: numbers,
      load: append(),
    });
    const run = runOperator(operator, { databaseUrl: "postgres://nobody@127.0.0.1:1/none", partitions: [key] });
    await expect(run).rejects.toThrow("[PARTITION_KEY]");
  });
});
