import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { config } from "../../../load/order-record.ts";
import { hashedOrders } from "../tables.ts";

export default defineOperator({
  name: "upsert_hashed",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(hashedOrders),
  target: hashedOrders,
  load: upsert({ key: hashedOrders.id, hash: hashedOrders.rowHash }),
});
