import { defineOperator, target, upsert } from "@millrace/sdk";
import { orders } from "./tables.ts";

/** Writes a row behind the back of its commits: nobody counts it. */
export default defineOperator({
  name: "unaccounted",
  targets: [target(orders, upsert({ key: orders.id }))],
  run: async ({ commit, database }) => {
    await database.insert(orders).values({ id: 1, customer: "Ada", cents: 5n }).onConflictDoNothing();
    await commit(async () => {});
  },
});
