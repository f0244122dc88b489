import { csv, defineOperator, text, upsert } from "@millrace/sdk";
import { z } from "zod";
import { orders } from "./tables.ts";

export default defineOperator({
  name: "orders",
  config: z.object({ file: z.string().default("orders.csv") }),
  extract: ({ config }) => csv(config.file),
  record: z.object({ id: text.integer(), customer: z.string().min(1), cents: z.string() }),
  transform: ({ id, customer, cents }) => (customer === "nobody" ? null : { id, customer, cents: BigInt(cents) }),
  target: orders,
  load: upsert({ key: orders.id }),
  rejects: { maxRatio: 1 },
});
