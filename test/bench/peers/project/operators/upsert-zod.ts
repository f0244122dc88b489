import { csv, defineOperator, upsert } from "@millrace/sdk";
import { config, orderRecord, orderRow } from "../../../load/order-record.ts";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "upsert_zod",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: orderRecord,
  transform: orderRow,
  target: orders,
  load: upsert({ key: orders.id }),
});
