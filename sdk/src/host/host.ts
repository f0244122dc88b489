import type { AssetKey } from "./pipes/asset-key.ts";
import type { Json } from "./pipes/json.ts";
import type { MetadataInput } from "./pipes/metadata.ts";
import type { LogLevel } from "./pipes/protocol.ts";

export type { AssetKey, Json, LogLevel };

export type CheckSeverity = "warn" | "error";

/** The partitions a launcher asked for. */
export type LaunchPartitions =
  /** Explicit keys, in the order in which they are to run; never empty. */
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  /** First and last key, both included; the operator's own partitions say what lies between. */
  | { readonly kind: "range"; readonly start: string; readonly end: string };

/** What a launcher says about the run that it started. */
export interface Launch {
  /** The scheduler's run id; a fresh UUID where there is no scheduler. */
  readonly runId: string;
  readonly jobName: string | null;
  /** 0 for the first attempt. */
  readonly retryNumber: number;
  /** The assets this process is to materialize; empty where the launcher does not speak of assets. */
  readonly assetKeys: readonly AssetKey[];
  /** Null where the launcher named no partition. */
  readonly partitions: LaunchPartitions | null;
  /** The operator's configuration before its schema has seen it. */
  readonly config: Readonly<Record<string, Json>>;
  /** Everything else the launcher passed. */
  readonly extras: Readonly<Record<string, Json>>;
}

export interface MaterializationReport {
  readonly assetKey: AssetKey;
  /** The partition it is of; null where the asset has none. */
  readonly partition: string | null;
  readonly metadata: Readonly<Record<string, MetadataInput>>;
  /** A version of the data's content, so that the scheduler can tell unchanged data from changed. */
  readonly dataVersion?: string;
}

export interface CheckReport {
  readonly assetKey: AssetKey;
  readonly partition: string | null;
  readonly checkName: string;
  readonly passed: boolean;
  readonly severity: CheckSeverity;
  readonly metadata: Readonly<Record<string, MetadataInput>>;
}

export interface PartitionFailureReport {
  readonly assetKey: AssetKey;
  readonly partition: string;
  readonly error: unknown;
}

/** The launcher as the process sees it: where the context came from and where reports go. */
export interface Host extends AsyncDisposable {
  readonly kind: "pipes" | "stdin" | "local";
  readonly launch: Launch;
  /** Aborted when the launcher asks the process to stop (SIGINT, SIGTERM) or is gone (its lifeline closed). */
  readonly signal: AbortSignal;
  /** A milestone for the scheduler's log; everything else belongs to the process's own log. */
  log(level: LogLevel, message: string): void;
  reportMaterialization(report: MaterializationReport): void;
  reportCheck(report: CheckReport): void;
  /** One partition of several failed; the others go on. The run as a whole is failed by `close(error)`. */
  reportPartitionFailure(report: PartitionFailureReport): void;
  /** Anything else that a launcher may understand. */
  reportCustom(payload: Json): void;
  /** Says the last word, with the error if there was one, and waits until everything said has left the process. */
  close(error?: unknown): Promise<void>;
}
