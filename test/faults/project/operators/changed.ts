import { applyChanges, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { chunks, config, item, timeouts } from "../items.ts";
import { changed } from "../tables.ts";

export default defineOperator({
  name: "changed",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: item.extend({ sequence: text.integer(), operation: z.enum(["upsert", "delete"]) }),
  transform: ({ operation, ...row }) => ({ operation, row }),
  target: changed,
  load: applyChanges({ key: changed.id, sequence: changed.sequence }),
});
