import { append, csv, defineOperator, tableRecord } from "@millrace/sdk";
import { config } from "../../../load/order-record.ts";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "append",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(orders),
  target: orders,
  load: append(),
});
