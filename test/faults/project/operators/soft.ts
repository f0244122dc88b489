import { applyChanges, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { chunks, config, item, timeouts } from "../items.ts";
import { soft } from "../tables.ts";

/** Deleted rows stay, with the day on which they were. */
export default defineOperator({
  name: "soft",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: item.extend({ sequence: text.integer(), operation: z.enum(["upsert", "delete"]) }),
  transform: ({ operation, ...row }) => ({ operation, row: operation === "delete" ? { ...row, gone: row.day } : row }),
  target: soft,
  load: applyChanges({ key: soft.id, sequence: soft.sequence, softDelete: soft.gone }),
});
