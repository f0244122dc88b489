import { csv, defineOperator, replace, tableRecord } from "@millrace/sdk";
import { config } from "../../../load/order-record.ts";
import { orders } from "../tables.ts";

export default defineOperator({
  name: "refresh_swap",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(orders),
  target: orders,
  load: replace({ swap: true }),
});
