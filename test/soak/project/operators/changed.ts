import { applyChanges, defineOperator, jsonl } from "@millrace/sdk";
import { z } from "zod";
import { config } from "../items.ts";
import { changed } from "../tables.ts";

/** Each run has newer changes of the same keys, some of which are gone. */
export default defineOperator({
  name: "changed",
  config,
  chunks: { maxRows: 500 },
  extract: ({ config: { folder } }) => jsonl(`${folder}/changes.jsonl`),
  record: z.object({ id: z.number(), operation: z.enum(["upsert", "delete"]), note: z.string() }),
  transform: ({ id, operation, note }) => {
    const sequence = Math.floor(Date.now() / 1000) - 1_700_000_000;
    return { operation, row: { id, day: "2024-01-01", note: `${note} ${sequence}`, sequence } };
  },
  target: changed,
  load: applyChanges({ key: changed.id, sequence: changed.sequence }),
});
