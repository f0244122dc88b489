import { applyChanges, changeRecord, csv, defineOperator } from "@millrace/sdk";
import { config } from "../../../load/order-record.ts";
import { customers } from "../tables.ts";

const load = applyChanges({ key: customers.id, sequence: customers.sequence });

export default defineOperator({
  name: "changes_typed",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: changeRecord(customers, load),
  target: customers,
  load,
});
