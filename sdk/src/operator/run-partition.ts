import { redact } from "../errors/redact.ts";
import type { Json } from "../host/host.ts";
import { noCounts } from "../record/counts.ts";
import { beginAttempt, type FinishedBefore, type Previous } from "../state/begin-attempt.ts";
import { recordFailure, recordNothing, type Attempt } from "../state/ledger.ts";
import { connectAhead, type ConnectedAhead } from "./connect-for.ts";
import type { OperatorContext } from "./context.ts";
import { endStopped } from "./end-stopped.ts";
import { loadPartition } from "./load-partition.ts";
import type { LoadOperator, RunOperator } from "./operator.ts";
import type { PartitionResult, PartitionRun } from "./partition-run.ts";
import { decideRun, decideStart, forget } from "./resume.ts";
import { performRun } from "./run-form/perform-run.ts";
import { steady } from "./steady.ts";

/** Runs an operator for one partition, from its source into its table. Raises what the source, the load or the limits raise. */
export async function runPartition(options: PartitionRun): Promise<PartitionResult> {
  const { operator, partition, host, state } = options;
  const { signal } = host;
  const start = {
    id: options.attemptId,
    operator: operator.name,
    partition: partition?.key ?? "",
    schedulerRunId: host.launch.runId,
    retryNumber: host.launch.retryNumber,
  };
  // The server makes it while the attempt is registered and the source is opened.
  await using rows = operator.form === "load" ? connectAhead(options) : undefined;
  const begun = await steady(() => beginAttempt(state, start), { signal, onRetry: endStopped(options) });
  if ("finishedBefore" in begun) {
    rows?.succeeded();
    return reportAgain(options, begun.finishedBefore);
  }
  const { attempt } = begun;
  try {
    const previous = host.launch.extras["fresh"] === true ? forget(operator, begun.previous) : begun.previous;
    return await perform(options, { attempt, previous, rows });
  } catch (error) {
    const message = redact(error instanceof Error ? error.message : String(error));
    // Also where the run is to stop: why it failed is worth a moment.
    await steady(() => recordFailure(state, attempt, message), { signal: AbortSignal.timeout(10_000) }).catch(() => {});
    throw error;
  }
}

async function perform(options: PartitionRun, begun: Omit<Given, "durationMs">): Promise<PartitionResult> {
  const { operator } = options;
  const began = performance.now();
  const durationMs = () => Math.round(performance.now() - began);
  const given = { ...begun, durationMs };
  const performed =
    operator.form === "load"
      ? await load({ ...options, operator }, { ...given, rows: given.rows! })
      : await runIt({ ...options, operator }, given);
  return { ...performed, durationMs: durationMs() };
}

interface Given {
  readonly attempt: Attempt;
  readonly previous: Previous | null;
  /** Of an operator that loads. */
  readonly rows: ConnectedAhead | undefined;
  readonly durationMs: () => number;
}

type Performed = Omit<PartitionResult, "durationMs">;

async function runIt(options: PartitionRun<RunOperator>, { previous, attempt, durationMs }: Given): Promise<Performed> {
  const checkpoint = previous?.cursor ?? null;
  const start = decideRun(previous);
  options.log.info("batch_started", { start: start.kind });
  const context = operatorContext(options, checkpoint);
  return { ...(await performRun(options, { attempt, durationMs, context, start, checkpoint })), start: start.kind };
}

async function load(
  options: PartitionRun<LoadOperator>,
  { attempt, previous, rows, durationMs }: Given & { readonly rows: ConnectedAhead },
): Promise<Performed> {
  const { operator, log } = options;
  const checkpoint = previous?.cursor ?? null;
  const source = await operator.extract(operatorContext(options, checkpoint));
  const uri = source.kind === "records" ? redact(source.uri) : null;
  const fingerprint = source.kind === "records" ? await source.fingerprint() : null;
  const start = decideStart({ load: operator.load, previous, source, fingerprint });
  log.info("batch_started", { start: start.kind, source: uri });
  const loaded =
    start.kind === "already-loaded"
      ? await loadNothing(options, { attempt, uri, durationMs, rows })
      : await loadPartition(options, { attempt, source, fingerprint, start, checkpoint, durationMs, rows });
  return { ...loaded, source: uri, start: start.kind };
}

interface NothingToLoad extends Pick<Given, "attempt" | "durationMs"> {
  readonly uri: string | null;
  readonly rows: ConnectedAhead;
}

/** The rows are there already: the attempt is finished with none. */
async function loadNothing(
  { state, host: { signal } }: PartitionRun,
  { attempt, uri, durationMs, rows }: NothingToLoad,
): Promise<Omit<Performed, "source" | "start">> {
  const report = { source: uri, bytesRead: 0, durationMs: durationMs(), sample: [], checkpoint: null };
  await steady(() => recordNothing(state, attempt, report), { signal });
  rows.succeeded();
  return NOTHING_LOADED;
}

/** The attempt was finished, and the scheduler did not hear of it: it may hear it now. */
function reportAgain({ log }: PartitionRun, { counts, dataVersion, report }: FinishedBefore): PartitionResult {
  log.info("batch_reported_again", { read: counts.read });
  return {
    ...report,
    checkpoint: report.checkpoint ?? null,
    counts: { ...noCounts(), ...counts },
    dataVersion,
    reasons: null,
    start: "reported-again",
  };
}

function operatorContext(
  { partition, config, host, log }: PartitionRun,
  checkpoint: Json | null,
): OperatorContext<never, never> {
  const { runId, jobName, retryNumber } = host.launch;
  return {
    config: config as never,
    log,
    signal: host.signal,
    run: { id: runId, jobName, retryNumber },
    checkpoint,
    partition: partition as never, // declared only where there is one
  };
}

const NOTHING_LOADED = {
  counts: noCounts(),
  bytesRead: 0,
  dataVersion: null,
  sample: [],
  checkpoint: null,
  reasons: null,
} as const;
