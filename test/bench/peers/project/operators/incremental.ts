import { defineOperator, postgresTable, tableRecord, upsert, watermark } from "@millrace/sdk";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "incremental",
  extract: () => postgresTable("SOURCE_URL", "orders", { watermark: watermark("created_at") }),
  record: tableRecord(orders),
  target: orders,
  load: upsert({ key: orders.id }),
});
