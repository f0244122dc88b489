import { csv, daily, defineOperator, deleteInsert, rowCount, text } from "@millrace/sdk";
import { z } from "zod";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "orders",
  description: "Orders, one day a partition.",
  partitions: daily({ start: "2024-01-01", end: "2024-01-04" }),
  config: z.object({
    dataDir: z.string().default("data").describe("Folder of the data, from the project's"),
  }),
  extract: ({ config, partition }) => csv(`${config.dataDir}/orders/${partition.key}.csv`),
  record: z.object({
    id: text.integer(),
    day: z.iso.date(),
    customer: z.string().min(1),
    amount: text.decimal(),
  }),
  transform: (order, { reject }) =>
    order.amount.startsWith("-") ? reject("negative amount", { field: "amount" }) : order,
  target: orders,
  load: deleteInsert({ partitionBy: orders.day }),
  rejects: { maxRatio: 0.5 },
  checks: [rowCount({ min: 1 })],
});
