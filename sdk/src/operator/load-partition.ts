import { redact } from "../errors/redact.ts";
import type { Json } from "../host/host.ts";
import type { Source } from "../extract/source.ts";
import type { Commit, Loader } from "../load/loader.ts";
import { partitionBounds, type PartitionBounds } from "../load/partition-bounds.ts";
import { databaseError } from "../load/postgres/database-error.ts";
import { DATABASE_RETRY, databaseMayRecover, isConnected } from "../load/postgres/database-retry.ts";
import { LoadSession } from "../load/postgres/load-session.ts";
import { openLoader } from "../load/postgres/open-loader.ts";
import { rowEncoding, sentColumns } from "../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../load/postgres/target-columns.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import { retry } from "../retry/retry.ts";
import type { Attempt } from "../state/ledger.ts";
import { pruneTombstones } from "../load/postgres/changes/tombstones.ts";
import { connectFor, type ConnectedAhead } from "./connect-for.ts";
import { retrying } from "./end-stopped.ts";
import { keepDeadLetters } from "./keep-dead-letters.ts";
import type { LoadOperator } from "./operator.ts";
import { loadLockName } from "./load-lock.ts";
import { LoadRecord } from "./load-record.ts";
import { partitionChunks, partitionChunksAgain } from "./partition-chunks.ts";
import type { Partition } from "./partitions/partitions.ts";
import type { PartitionResult, PartitionRun } from "./partition-run.ts";
import { progressTeller } from "./progress.ts";
import type { ReadProgress } from "./read-chunks.ts";
import { previewRow } from "./report.ts";
import { commitsByChunk, hasCursor, type Start } from "./resume.ts";

interface LoadOptions {
  readonly attempt: Attempt;
  readonly source: Source<unknown>;
  readonly fingerprint: string | null;
  readonly start: Exclude<Start, { kind: "already-loaded" }>;
  /** The cursor that was committed last. */
  readonly checkpoint: Json | null;
  /** Since the partition's turn came. */
  readonly durationMs: () => number;
  /** Its connections. */
  readonly rows: ConnectedAhead;
}

type Loaded = Pick<PartitionResult, "counts" | "bytesRead" | "dataVersion" | "sample" | "checkpoint" | "reasons">;

/** Reads the source and loads it in transactions that each carry their rows, dead letters, checkpoint and ledger entry. */
export async function loadPartition(run: PartitionRun<LoadOperator>, options: LoadOptions): Promise<Loaded> {
  const { operator, host, log } = run;
  const { attempt, start, source, fingerprint, checkpoint, durationMs } = options;
  let record: LoadRecord | undefined;
  const load = async () => {
    const progress: ReadProgress = { bytes: 0, sample: [], written: undefined };
    const uri = source.kind === "records" ? redact(source.uri) : null;
    const report = (cursor: Json | null) => ({
      source: uri,
      bytesRead: progress.bytes,
      durationMs: durationMs(),
      sample: progress.sample.map(previewRow),
      checkpoint: hasCursor(source) ? { before: checkpoint, after: cursor } : null,
    });
    const versioned = uri !== null && !hasCursor(source);
    record = new LoadRecord({ attempt, start, checkpoint, limits: operator.rejects, fingerprint, versioned, report });
    return await loadOnce(run, { ...options, record, progress });
  };
  // What commits chunk by chunk tries each of them again; what commits at the end has to begin anew.
  const retryable = (error: unknown) =>
    !commitsByChunk(operator.load) && databaseMayRecover(error) && !(isConnected(error) && wasTriedAgain(error));
  try {
    return await retry(load, DATABASE_RETRY, { signal: host.signal, onRetry: retrying(run), retryable });
  } catch (error) {
    host.signal.throwIfAborted();
    await keepDeadLetters(() => connectFor(run), attempt, record?.uncommitted ?? []).catch(() => {});
    log.error("batch_failed", { error });
    throw databaseError(error);
  }
}

interface OnceOptions extends LoadOptions {
  readonly record: LoadRecord;
  readonly progress: ReadProgress;
}

async function loadOnce(
  run: PartitionRun<LoadOperator>,
  { source, fingerprint, start, checkpoint, rows, record, progress }: OnceOptions,
): Promise<Loaded> {
  const { operator, partition, host, log } = run;
  const bounds = boundsOf(operator, partition);
  const encoding = await rowEncoding(operator.target, operator.load, operator.text);
  const reading = {
    run,
    connect: () => connectFor(run),
    encoding,
    bounds,
    position: start.kind === "resume" ? start.position : 0,
    checkpoint,
  };
  const again =
    source.kind === "query"
      ? null
      : { uri: source.uri, chunks: () => partitionChunksAgain(source, { ...reading, fingerprint }) };

  await using stack = new AsyncDisposableStack();
  let loader: Loader | undefined;
  const openSession = (written: readonly TargetColumn[]) => {
    const session = stack.use(
      new LoadSession({
        connect: rows.connect,
        table: operator.target,
        columns: written,
        // Each row is hashed already.
        asText: encoding.hash !== null,
        lockNames: [loadLockName(operator.target, operator.load, partition?.key)],
        recordCommit: async (client, commit) => {
          if (commit.finished) await pruneTombstones(client, operator.target, operator.load);
          await record.write(client, commit);
        },
        isRecorded: (client) => record.isWritten(client),
        committed: (commit) => {
          record.committed(commit);
          logCommit(commit);
        },
        signal: host.signal,
        ...(run.dryRun && { lanes: 1 }),
        retrying: retrying(run),
      }),
    );
    const direct = source.kind === "records" && source.local;
    return openLoader(session, {
      load: run.dryRun ? inPlace(operator.load) : operator.load,
      bounds,
      direct,
      again,
      changes: encoding.changes,
    });
  };
  const logCommit = ({ counts: { read, rejected }, position }: Commit) => {
    log.info("batch_completed", { processed: read - rejected, failed: rejected, position });
  };

  // While the first chunk is read.
  progress.onWritten = (written) => {
    if (loader !== undefined) return;
    loader = openSession(written);
    loader.prepare();
  };
  const tell = progressTeller(run);
  let chunks = 0;
  const progressed = (allRead: boolean) => ({
    read: record.seen.read,
    rejected: record.seen.rejected,
    chunks,
    bytes: progress.stored?.bytes ?? progress.bytes,
    bytes_total: progress.stored?.totalBytes ?? null,
    all_read: allRead,
  });

  try {
    tell(progressed(false));
    for await (const chunk of partitionChunks(source, { ...reading, progress })) {
      record.read(chunk);
      chunks += 1;
      tell(progressed(chunk.last));
      loader ??= openSession(progress.written ?? sentColumns(encoding, encoding.columns));
      await loader.load(chunk);
    }
    await loader?.finish();
    rows.succeeded();
  } catch (error) {
    await loader?.abandon();
    throw error;
  }
  if (!run.dryRun) await tellSource(run, source, record.cursor);
  return {
    counts: record.counts,
    bytesRead: progress.bytes,
    dataVersion: record.dataVersion(),
    sample: progress.sample,
    checkpoint: hasCursor(source) ? { before: checkpoint, after: record.cursor } : null,
    reasons: record.reasons(),
  };
}

async function tellSource({ host, log }: PartitionRun, source: Source<unknown>, cursor: Json | null): Promise<void> {
  if (source.kind === "query" || source.committed === undefined || cursor === null) return;
  try {
    await source.committed(cursor, host.signal);
  } catch (error) {
    host.signal.throwIfAborted();
    log.warn("source_not_told", { error });
  }
}

/** `retry` says so of what it has given up. */
function wasTriedAgain(error: unknown): boolean {
  return ((error as { readonly attempts?: unknown } | null)?.attempts ?? 1) !== 1;
}

function boundsOf({ load }: LoadOperator, partition: Partition | null): PartitionBounds | null {
  return load.strategy === "delete-insert" && partition !== null ? partitionBounds(load.partitionBy, partition) : null;
}

/** Without a swap, which takes transactions that are none of a dry run's; the rows come to the same. */
function inPlace(load: LoadStrategy): LoadStrategy {
  return load.strategy === "replace" ? { ...load, swap: false } : load;
}
