import { append, defineOperator, target } from "@millrace/sdk";
import { visits } from "./tables.ts";

/** Appends chunk by chunk and keeps no checkpoint: whatever is read again is there twice. */
export default defineOperator({
  name: "doubling",
  targets: [target(visits, append())],
  run: async ({ commit }) => {
    for (const id of [1, 2, 3]) await commit((chunk) => chunk.write(visits, [{ id, page: "/" }]));
  },
});
