import { FatalError } from "../errors/millrace-error.ts";
import type { Json, Launch, LaunchPartitions } from "./host.ts";
import { parseAssetKey } from "./pipes/asset-key.ts";
import type { PipesContextData } from "./pipes/context-data.ts";

/** The launch in a context. `config` and `partition_keys` of its extras are ours; see docs/protocol.md. */
export function toLaunch(data: PipesContextData): Launch {
  const { config, partition_keys: partitionKeys, ...extras } = data.extras;
  return {
    runId: data.run_id,
    jobName: data.job_name,
    retryNumber: data.retry_number,
    assetKeys: (data.asset_keys ?? []).map(parseAssetKey),
    partitions: toPartitions(data, partitionKeys),
    config: toConfig(config),
    extras,
  };
}

function toPartitions(data: PipesContextData, keys: Json | undefined): LaunchPartitions | null {
  if (keys !== undefined && keys !== null) return { kind: "keys", keys: toKeys(keys) };
  const { partition_key: key, partition_key_range: range } = data;
  if (range !== null && range.start !== range.end) return { kind: "range", ...range };
  const only = key ?? range?.start;
  return only === undefined ? null : { kind: "keys", keys: [only] };
}

function toKeys(value: Json): readonly string[] {
  const isKeys =
    Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === "string" && key !== "");
  if (!isKeys) throw invalid("partition_keys of the extras is not an array of partition keys");
  const keys = value as readonly string[];
  if (new Set(keys).size < keys.length) throw invalid("partition_keys of the extras names a partition twice");
  return keys;
}

function toConfig(value: Json | undefined): Readonly<Record<string, Json>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalid("config of the extras is not an object");
  return value as Readonly<Record<string, Json>>;
}

function invalid(message: string): FatalError {
  return new FatalError("PIPES_CONTEXT_INVALID", message, {
    fix: "See docs/protocol.md for what a launcher must pass",
  });
}

/** Whether a launch asks for several partitions. */
export function hasSeveral({ partitions }: Launch): boolean {
  if (partitions === null) return false;
  return partitions.kind === "keys" ? partitions.keys.length > 1 : partitions.start !== partitions.end;
}
