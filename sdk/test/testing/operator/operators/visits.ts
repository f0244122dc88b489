import { append, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { visits } from "./tables.ts";

export default defineOperator({
  name: "visits",
  extract: () => csv("visits.csv"),
  record: z.object({ id: text.integer(), page: z.string() }),
  target: visits,
  load: append(),
});
