import { csv, defineOperator, upsert } from "@millrace/sdk";
import { config, orderRecord, orderRow } from "../../../load/order-record.ts";
import { hashedOrders } from "../tables.ts";

export default defineOperator({
  name: "upsert_everything",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: orderRecord,
  transform: (order, { reject }) =>
    Number(order.amount) < 0 ? reject("negative amount", { field: "amount" }) : orderRow(order),
  target: hashedOrders,
  load: upsert({ key: hashedOrders.id, hash: hashedOrders.rowHash }),
  rejects: { maxRatio: 0.01 },
});
