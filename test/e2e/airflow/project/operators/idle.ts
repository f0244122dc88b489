import { defineOperator, SkipError } from "@millrace/sdk";

/** Has nothing to do. */
export default defineOperator({
  name: "idle",
  run: async () => {
    throw new SkipError("No file has arrived today");
  },
});
