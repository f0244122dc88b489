import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { config } from "../../../load/order-record.ts";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "upsert",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(orders),
  target: orders,
  load: upsert({ key: orders.id }),
});
