import { z } from "zod";
import { exception } from "./message-schema.ts";
import { metadataRecord } from "./metadata-schema.ts";

const assetKey = z.array(z.string()).min(1).describe("The key's parts, outermost first.");
const partition = z.string().describe("The partition's key.");

/** Payloads of custom messages, sent for each partition where a process was launched for several. */
export const partitionMessages = {
  partition_completed: z
    .strictObject({
      type: z.literal("partition_completed"),
      asset_key: assetKey,
      partition,
      metadata: metadataRecord,
      data_version: z.string().nullable(),
    })
    .meta({ title: "partition_completed", description: "The partition is loaded." }),
  partition_failed: z
    .strictObject({ type: z.literal("partition_failed"), asset_key: assetKey, partition, error: exception })
    .meta({ title: "partition_failed", description: "The partition failed; the others go on." }),
  check_evaluated: z
    .strictObject({
      type: z.literal("check_evaluated"),
      asset_key: assetKey,
      partition,
      check_name: z.string(),
      passed: z.boolean(),
      severity: z.enum(["WARN", "ERROR"]),
      metadata: metadataRecord,
    })
    .meta({ title: "check_evaluated", description: "What a check of the partition found." }),
} as const;
