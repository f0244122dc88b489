import { z } from "zod";
import { exception } from "./message-schema.ts";
import { metadataRecord } from "./metadata-schema.ts";

const assetKey = z.array(z.string()).min(1).describe("The key's parts, outermost first.");
const count = z.int().min(0);
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
  progress: z
    .strictObject({
      type: z.literal("progress"),
      partition: partition.nullable(),
      read: count.describe("Records read so far; an attempt that goes on begins with those committed before it."),
      rejected: count.describe("Of these, dead letters."),
      chunks: count.describe("Chunks that this attempt has read."),
      bytes: count.describe("Bytes read: as they are stored where the total is known, else uncompressed."),
      bytes_total: count.nullable().describe("Null where the source does not know it."),
      all_read: z.boolean().describe("The source has been read to its end; what is left is to write."),
    })
    .meta({ title: "progress", description: "How far the partition is; sent where `progress` of the extras is true." }),
} as const;
