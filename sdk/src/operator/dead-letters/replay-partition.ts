import { randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { FatalError } from "../../errors/millrace-error.ts";
import { redact } from "../../errors/redact.ts";
import type { RecordSource } from "../../extract/source.ts";
import type { Loader } from "../../load/loader.ts";
import { partitionBounds } from "../../load/partition-bounds.ts";
import { connect } from "../../load/postgres/connection.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { LoadSession } from "../../load/postgres/load-session.ts";
import { openLoader } from "../../load/postgres/open-loader.ts";
import { rowEncoding, sentColumns, type RowEncoding } from "../../load/postgres/row-encoding.ts";
import { append } from "../../load/strategy.ts";
import type { Counts } from "../../record/counts.ts";
import type { LoadOperator } from "../operator.ts";
import { loadLockName } from "../load-lock.ts";
import type { Partition } from "../partitions/partitions.ts";
import { readChunks, type ReadProgress } from "../read-chunks.ts";
import { letterSource, LetterPosition, type LetterChoice } from "./letter-source.ts";
import { newKeysLoader } from "./new-keys-loader.ts";
import { ReplayLedger } from "./replay-ledger.ts";

export interface ReplayPartition {
  readonly operator: LoadOperator;
  readonly partition: Partition | null;
  readonly choice: LetterChoice;
  readonly overwrite: boolean;
  readonly databaseUrl: string;
  readonly sql: Sql;
  readonly signal: AbortSignal;
}

/** Replays one partition's dead letters as a run of its own, in transactions that each carry their rows and their letters. */
export async function replayPartition(
  replay: ReplayPartition,
): Promise<{ readonly runId: string; readonly counts: Counts }> {
  const { operator, partition, choice, databaseUrl, sql, signal } = replay;
  const runId = randomUUID();
  const ledger = new ReplayLedger(runId);
  await beginRun(sql, runId, choice);
  const encoding = await rowEncoding(operator.target, operator.load, operator.text);
  const { load } = operator;
  const within =
    load.strategy === "delete-insert" && partition !== null
      ? { column: load.partitionBy, bounds: partitionBounds(load.partitionBy, partition) }
      : null;
  const progress: ReadProgress = { bytes: 0, sample: [], written: undefined };
  const applicationName = ["millrace replay", operator.name, partition?.key].filter(Boolean).join(" ");

  await using stack = new AsyncDisposableStack();
  let loader: Loader | undefined;
  const openSession = () =>
    stack.use(
      new LoadSession({
        connect: () => connect({ url: databaseUrl, applicationName, signal }),
        table: operator.target,
        columns: progress.written ?? sentColumns(encoding, encoding.columns),
        lockNames: [loadLockName(operator.target, operator.load, partition?.key)],
        recordCommit: (client, commit) => ledger.record(client, commit),
        isRecorded: (client, commit) => ledger.isRecorded(client, commit),
        committed: (commit) => ledger.committed(commit),
        signal,
      }),
    );
  try {
    const source = noting(letterSource(sql, choice), ledger);
    for await (const chunk of readChunks(
      { operator, source, encoding, within, signal, position: 0, checkpoint: null },
      progress,
    )) {
      loader ??= openReplayLoader(openSession(), replay, encoding);
      await loader.load(chunk);
    }
    await loader?.finish();
  } catch (error) {
    await loader?.abandon();
    await failRun(sql, runId, error).catch(() => {});
    signal.throwIfAborted();
    throw databaseError(error);
  }
  return { runId, counts: ledger.counts };
}

/**
 * A replay adds to what a run has loaded and takes nothing away: where a run replaces rows, it inserts. A change is applied
 * as in a run, since its sequence says whether it is newer than what is there.
 */
function openReplayLoader(
  session: LoadSession,
  { operator, overwrite }: ReplayPartition,
  { changes }: RowEncoding,
): Loader {
  const { load } = operator;
  const options = { bounds: null, direct: false, changes };
  switch (load.strategy) {
    case "append":
    case "delete-insert":
    case "replace":
      return openLoader(session, { ...options, load: append() });
    case "apply-changes":
      return openLoader(session, { ...options, load });
    case "upsert":
      if (overwrite) return openLoader(session, { ...options, load });
      return newKeysLoader(
        session,
        load.key.map(({ name }) => session.columns.find((column) => column.name === name)!),
      );
    default:
      throw new FatalError(
        "REPLAY_STRATEGY",
        `Rows loaded by ${(load as { strategy: string }).strategy} can not be replayed`,
        {
          fix: "Run the partition again",
        },
      );
  }
}

/** The source, with the ledger told of each letter as it is read. */
function noting(source: RecordSource<unknown>, ledger: ReplayLedger): RecordSource<unknown> {
  return {
    ...source,
    async *open(options) {
      for await (const batch of source.open(options)) {
        for (let index = 0; index < batch.records.length; index += 1)
          ledger.read((batch.position(index) as LetterPosition).letterId);
        yield batch;
      }
    },
  };
}

/** A replay is in the ledger of runs like a load; it neither fences a load off nor moves its checkpoint. */
async function beginRun(sql: Sql, id: string, { operator, partition }: LetterChoice): Promise<void> {
  await sql`
    INSERT INTO millrace.runs (id, operator, partition, epoch, scheduler_run_id, retry_number, status, counts)
    SELECT ${id}, ${operator}, ${partition}, coalesce(max(epoch), 0), ${`replay:${id}`}, 0, 'running', '{}'
    FROM millrace.checkpoints WHERE operator = ${operator} AND partition = ${partition}`;
}

async function failRun(sql: Sql, id: string, error: unknown): Promise<void> {
  const message = redact(error instanceof Error ? error.message : String(error));
  await sql`UPDATE millrace.runs SET status = 'failed', error = ${message}, ended_at = clock_timestamp() WHERE id = ${id} AND status = 'running'`;
}
