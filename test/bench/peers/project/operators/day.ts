import { csv, daily, defineOperator, deleteInsert, tableRecord } from "@millrace/sdk";
import { config } from "../order-record.ts";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "day",
  config,
  partitions: daily({ start: "2024-01-01", end: "2025-01-01" }),
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(orders),
  target: orders,
  load: deleteInsert({ partitionBy: orders.createdAt }),
});
