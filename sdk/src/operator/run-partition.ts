import { randomUUID } from "node:crypto";
import { redact } from "../errors/redact.ts";
import { noCounts } from "../record/counts.ts";
import { beginAttempt, recordFailure } from "../state/ledger.ts";
import type { OperatorContext } from "./context.ts";
import { loadPartition } from "./load-partition.ts";
import type { PartitionResult, PartitionRun } from "./partition-run.ts";
import { decideStart } from "./resume.ts";

/** Runs an operator for one partition, from its source into its table. Raises what the source, the load or the limits raise. */
export async function runPartition(options: PartitionRun): Promise<PartitionResult> {
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
    const loaded =
      start.kind === "already-loaded"
        ? NOTHING_LOADED
        : await loadPartition(options, { attempt, source, fingerprint, start });
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

function operatorContext({ partition, config, host, log }: PartitionRun): OperatorContext<never, never> {
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
