import { applyChanges, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { config } from "../../../load/order-record.ts";
import { customers } from "../tables.ts";

export default defineOperator({
  name: "changes",
  config,
  extract: ({ config: { file } }) => csv(file),
  record: z.object({
    operation: z.enum(["insert", "update", "delete"]),
    id: text.integer(),
    sequence: text.integer(),
    name: z.string(),
    amount: text.decimal(),
  }),
  transform: ({ operation, ...row }) => ({ operation, row }),
  target: customers,
  load: applyChanges({ key: customers.id, sequence: customers.sequence }),
});
