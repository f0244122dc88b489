import type { AssetKey } from "./asset-key.ts";
import type { ExactJson } from "./json.ts";
import type { MetadataValue } from "./metadata-value.ts";
import type { PipesException } from "./protocol.ts";

type Metadata = Readonly<Record<string, MetadataValue>>;

/** What a process that runs several partitions says of each, as payload of a custom message, when it is done. */
export type PartitionMessage =
  | {
      readonly type: "partition_completed";
      readonly asset_key: AssetKey;
      readonly partition: string;
      readonly metadata: Metadata;
      readonly data_version: string | null;
    }
  | {
      readonly type: "partition_failed";
      readonly asset_key: AssetKey;
      readonly partition: string;
      readonly error: PipesException;
    }
  | {
      readonly type: "check_evaluated";
      readonly asset_key: AssetKey;
      readonly partition: string;
      readonly check_name: string;
      readonly passed: boolean;
      readonly severity: "WARN" | "ERROR";
      readonly metadata: Metadata;
    };

/** The metadata of a custom payload that is one of ours, else null. */
export function payloadMetadata(payload: ExactJson): Metadata | null {
  if (typeof payload !== "object" || payload === null || !("type" in payload) || !("metadata" in payload)) return null;
  const { type, metadata } = payload;
  return type === "partition_completed" || type === "check_evaluated" ? (metadata as unknown as Metadata) : null;
}
