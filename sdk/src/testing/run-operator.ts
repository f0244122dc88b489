import type { Json } from "../host/host.ts";
import { createLogger } from "../logging/logger.ts";
import type { Operator } from "../operator/operator.ts";
import { execute } from "../operator/execute.ts";
import { RecordingHost, type Recording } from "./recording-host.ts";

export interface RunOperatorOptions {
  readonly databaseUrl: string;
  /** Keys, in the order in which they are to run. */
  readonly partitions?: readonly string[];
  readonly config?: Readonly<Record<string, Json>>;
  readonly signal?: AbortSignal;
  /** The scheduler's run id; a fresh one by default. */
  readonly runId?: string;
  /** Does everything in a transaction that is rolled back; the materialization says what would have been written. */
  readonly dryRun?: boolean;
}

/** Runs an operator in this process, as `millrace exec` would, and returns what it reported. Raises what the operator raises. */
export async function runOperator(operator: Operator, options: RunOperatorOptions): Promise<Recording> {
  const { databaseUrl, partitions, config = {}, signal, runId, dryRun = false } = options;
  const host = new RecordingHost(
    {
      config,
      partitions: partitions ? { kind: "keys", keys: partitions } : null,
      extras: dryRun ? { dry_run: true } : {},
      ...(runId !== undefined && { runId }),
    },
    signal,
  );
  await execute({ operator, host, log: createLogger({ level: "silent" }), env: { DATABASE_URL: databaseUrl } });
  return host.recording;
}
