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

/** How far a partition is, as payload of a custom message; sent where the launcher asks for it (`progress` in the extras). */
export interface ProgressMessage {
  readonly type: "progress";
  /** Null of an operator without partitions. */
  readonly partition: string | null;
  /** Records read so far, and those of them rejected; an attempt that goes on begins with those committed before it. */
  readonly read: number;
  readonly rejected: number;
  /** Chunks that this attempt has read (or committed, where the operator commits them itself). */
  readonly chunks: number;
  /** Bytes read: as they are stored where `bytes_total` is there, else uncompressed. */
  readonly bytes: number;
  /** Null where the source does not know it. */
  readonly bytes_total: number | null;
  /** The source has been read to its end; what is left is to write. */
  readonly all_read: boolean;
}

/** The metadata of a custom payload that is one of ours, else null. */
export function payloadMetadata(payload: ExactJson): Metadata | null {
  if (typeof payload !== "object" || payload === null || !("type" in payload) || !("metadata" in payload)) return null;
  const { type, metadata } = payload;
  return type === "partition_completed" || type === "check_evaluated" ? (metadata as unknown as Metadata) : null;
}
