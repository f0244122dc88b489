import { csv, daily, defineOperator, deleteInsert, tableRecord } from "@millrace/sdk";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "day",
  partitions: daily({ start: "2024-01-01", end: "2025-01-01" }),
  extract: ({ partition }) => csv(`${process.env["BENCH_DAYS"]}/${partition.key}.csv`),
  record: tableRecord(orders),
  target: orders,
  load: deleteInsert({ partitionBy: orders.createdAt }),
});
