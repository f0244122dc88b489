import { defineOperator } from "@millrace/sdk";
import { z } from "zod";

export default defineOperator({
  name: "idle",
  config: z.object({ file: z.string().default("") }),
  run: async () => {},
});
