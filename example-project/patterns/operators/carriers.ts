import { applyChanges, defineOperator, jsonl } from "@millrace/sdk";
import { z } from "zod";
import { carriers } from "../tables.ts";

export default defineOperator({
  name: "carriers",
  description: "Change data capture: events in any order and however often; of each key the highest sequence wins.",
  config: z.object({ events: z.string().default("data/carrier-changes.jsonl").describe("JSON Lines of changes") }),
  extract: ({ config }) => jsonl(config.events),
  record: z.object({
    operation: z.enum(["insert", "update", "delete"]),
    sequence: z.int(),
    data: z.object({ carrier: z.string(), name: z.string() }),
  }),
  transform: ({ operation, sequence, data }) => ({ operation, row: { ...data, changed: sequence } }),
  target: carriers,
  load: applyChanges({ key: carriers.carrier, sequence: carriers.changed, softDelete: carriers.deletedAt }),
});
