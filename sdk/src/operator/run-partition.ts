import { randomUUID } from "node:crypto";
import { redact } from "../errors/redact.ts";
import type { Host } from "../host/host.ts";
import type { Logger } from "../logging/logger.ts";
import { noCounts, type Counts } from "../record/counts.ts";
import { beginAttempt, recordFailure, type StateDatabase } from "../state/ledger.ts";
import type { OperatorContext } from "./context.ts";
import type { Operator } from "./define-operator.ts";
import { loadPartition } from "./load-partition.ts";
import type { Partition } from "./partitions/partitions.ts";
import type { RowSample } from "./read-chunks.ts";
import { decideStart, type Start } from "./resume.ts";

export interface RunPartitionOptions {
  readonly operator: Operator;
  readonly partition: Partition | null;
  readonly config: Record<string, unknown>;
  readonly host: Host;
  readonly log: Logger;
  readonly databaseUrl: string;
  readonly state: StateDatabase;
}

export interface PartitionResult {
  readonly counts: Counts;
  /** Path or URI of the source; null where the rows come from the database itself. */
  readonly source: string | null;
  /** Uncompressed. */
  readonly bytesRead: number;
  readonly durationMs: number;
  /** A hash of the rows in the source's order; null where this attempt has not seen all of them. */
  readonly dataVersion: string | null;
  /** The first rows. */
  readonly sample: readonly RowSample[];
  readonly start: Start["kind"];
}

/** Runs an operator for one partition, from its source into its table. Raises what the source, the load or the limits raise. */
export async function runPartition(options: RunPartitionOptions): Promise<PartitionResult> {
  const { operator, partition, host, state, log } = options;
  const { attempt, previous } = await beginAttempt(state, {
    id: randomUUID(),
    operator: operator.name,
    partition: partition?.key ?? "",
    schedulerRunId: host.launch.runId,
    retryNumber: host.launch.retryNumber,
  });
  const began = performance.now();
  try {
    const source = await operator.extract(operatorContext(options));
    const fingerprint = source.kind === "records" ? await source.fingerprint() : null;
    const start = decideStart(operator.load, previous, fingerprint);
    log.info("batch_started", { start: start.kind, source: source.kind === "records" ? source.uri : null });
    const loaded = start.kind === "already-loaded" ? NOTHING_LOADED : await loadPartition(options, { attempt, source, fingerprint, start });
    return {
      ...loaded,
      source: source.kind === "records" ? source.uri : null,
      durationMs: Math.round(performance.now() - began),
      start: start.kind,
    };
  } catch (error) {
    await recordFailure(state, attempt, redact(error instanceof Error ? error.message : String(error))).catch(() => {});
    throw error;
  }
}

function operatorContext({ operator, partition, config, host, log }: RunPartitionOptions): OperatorContext<never, never> {
  const { runId, jobName, retryNumber } = host.launch;
  return {
    config: config as never,
    log,
    signal: host.signal,
    run: { id: runId, jobName, retryNumber },
    partition: partition as never, // declared only where there is one
  };
}

const NOTHING_LOADED = { counts: noCounts(), bytesRead: 0, dataVersion: null, sample: [] } as const;
