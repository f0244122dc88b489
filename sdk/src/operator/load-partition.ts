import { createHash } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import { PgDialect } from "drizzle-orm/pg-core";
import type pg from "pg";
import { FatalError } from "../errors/millrace-error.ts";
import type { QuerySource, RecordSource, Source } from "../extract/source.ts";
import type { Chunk, Commit, Loader } from "../load/loader.ts";
import { partitionBounds, type PartitionBounds } from "../load/partition-bounds.ts";
import { connect, type LoadConnection } from "../load/postgres/connection.ts";
import { databaseError } from "../load/postgres/database-error.ts";
import { writeDeadLetters } from "../load/postgres/dead-letter-writer.ts";
import { LoadSession } from "../load/postgres/load-session.ts";
import { openLoader } from "../load/postgres/open-loader.ts";
import { queryColumns } from "../load/postgres/query-columns.ts";
import { rowEncoding, sentColumns, type RowEncoding } from "../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../load/postgres/target-columns.ts";
import { accounted, addCounts, noCounts } from "../record/counts.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import { checkEpoch, recordProgress, supersedeDeadLetters, type Attempt } from "../state/ledger.ts";
import type { Operator } from "./define-operator.ts";
import { loadLockName } from "./load-lock.ts";
import type { Partition } from "./partitions/partitions.ts";
import { readChunks, type ReadProgress } from "./read-chunks.ts";
import { canStayBytes, readFieldChunks } from "./read-field-chunks.ts";
import { checkRejects } from "./reject-limits.ts";
import type { Start } from "./resume.ts";
import type { PartitionResult, PartitionRun } from "./partition-run.ts";

interface LoadOptions {
  readonly attempt: Attempt;
  readonly source: Source<unknown>;
  readonly fingerprint: string | null;
  readonly start: Exclude<Start, { kind: "already-loaded" }>;
}

/** Reads the source and loads it in transactions that each carry their rows, dead letters, checkpoint and ledger entry. */
export async function loadPartition(
  options: PartitionRun,
  { attempt, source, fingerprint, start }: LoadOptions,
): Promise<Pick<PartitionResult, "counts" | "bytesRead" | "dataVersion" | "sample">> {
  const { operator, partition, host, log, databaseUrl } = options;
  const bounds = boundsOf(operator, partition);
  const encoding = await rowEncoding(operator.target, operator.load);
  const applicationName = ["millrace", operator.name, partition?.key].filter(Boolean).join(" ");
  const open = () => connect({ url: databaseUrl, applicationName, signal: host.signal });

  const totals = start.kind === "resume" ? { ...start.counts } : noCounts();
  const seen = { ...totals };
  const uncommitted = new Set<DeadLetter>();
  const hash = createHash("sha256");
  const progress: ReadProgress = { bytes: 0, sample: [], written: undefined };
  let first = true;
  const dataVersion = () =>
    start.kind === "fresh" && source.kind === "records" ? hash.copy().digest("hex").slice(0, 32) : null;

  const recordCommit = async (client: pg.Client, commit: Commit) => {
    const tx = drizzle(client);
    await checkEpoch(tx, attempt);
    if (first) await supersedeDeadLetters(tx, attempt, start.kind === "fresh" ? "all" : "uncommitted");
    await writeDeadLetters(client, attempt, commit.deadLetters);
    const counts = { ...totals };
    addCounts(counts, commit.counts);
    // What the server refused is known only now; a breach of the limits keeps it.
    for (const letter of commit.deadLetters) uncommitted.add(letter);
    checkRejects(counts, operator.rejects, commit.finished);
    if (commit.finished && accounted(counts) !== counts.read) {
      throw new FatalError(
        "ACCOUNTS",
        `${counts.read} records were read and ${accounted(counts)} accounted for; nothing of this was committed`,
        {
          details: { counts },
        },
      );
    }
    await recordProgress(tx, attempt, {
      ...commit,
      source: fingerprint,
      counts,
      dataVersion: commit.finished ? dataVersion() : null,
    });
  };
  const committed = (commit: Commit) => {
    first = false;
    addCounts(totals, commit.counts);
    const { read, rejected } = commit.counts;
    log.info("batch_completed", { processed: read - rejected, failed: rejected, position: commit.position });
    for (const letter of commit.deadLetters) uncommitted.delete(letter);
  };

  const chunks = (into: ReadProgress) => chunksOf(source, { options, open, encoding, bounds, start, progress: into });
  const again =
    source.kind === "query" ? null : { uri: source.uri, chunks: () => readAgain(source, { fingerprint, chunks }) };

  const lockName = loadLockName(operator, partition?.key);
  await using stack = new AsyncDisposableStack();
  let loader: Loader | undefined;
  const openSession = (written: readonly TargetColumn[]) => {
    const session = stack.use(
      new LoadSession({ connect: open, table: operator.target, columns: written, lockName, recordCommit, committed }),
    );
    const direct = source.kind === "records" && source.local;
    return openLoader(session, { load: operator.load, bounds, direct, again, changes: encoding.changes });
  };

  try {
    for await (const chunk of chunks(progress)) {
      addCounts(seen, chunk.counts);
      for (const letter of chunk.deadLetters) uncommitted.add(letter);
      checkRejects(seen, operator.rejects, chunk.last);
      if (chunk.content.kind === "encoded") hash.update(chunk.content.data);
      loader ??= openSession(progress.written ?? sentColumns(encoding, encoding.columns));
      await loader.load(chunk);
    }
    await loader?.finish();
  } catch (error) {
    host.signal.throwIfAborted();
    await loader?.abandon();
    if (uncommitted.size > 0) await keepDeadLetters(open, attempt, [...uncommitted]).catch(() => {});
    log.error("batch_failed", { error });
    throw databaseError(error);
  }
  return { counts: totals, bytesRead: progress.bytes, dataVersion: dataVersion(), sample: progress.sample };
}

/** The same chunks once more; none where the source is not the one that was read. */
async function* readAgain(
  source: RecordSource<unknown>,
  {
    fingerprint,
    chunks,
  }: { readonly fingerprint: string | null; readonly chunks: (into: ReadProgress) => AsyncIterable<Chunk> },
): AsyncIterable<Chunk> {
  if ((await source.fingerprint()) === fingerprint) yield* chunks({ bytes: 0, sample: [], written: undefined });
}

interface ChunksOptions {
  readonly options: PartitionRun;
  readonly open: () => Promise<LoadConnection>;
  readonly encoding: RowEncoding;
  readonly bounds: PartitionBounds | null;
  readonly start: LoadOptions["start"];
  readonly progress: ReadProgress;
}

async function* chunksOf(source: Source<unknown>, options: ChunksOptions): AsyncIterable<Chunk> {
  const { encoding, bounds, start, progress } = options;
  const { operator, host } = options.options;
  if (source.kind === "query") {
    yield await queryChunk(source, options);
    return;
  }
  const { load } = operator;
  const within = load.strategy === "delete-insert" && bounds !== null ? { column: load.partitionBy, bounds } : null;
  const position = start.kind === "resume" ? start.position : 0;
  const read = canStayBytes({ operator, source }) ? readFieldChunks : readChunks;
  yield* read({ operator, source, encoding, within, signal: host.signal, position }, progress);
}

async function queryChunk({ query }: QuerySource, { open, encoding, progress }: ChunksOptions): Promise<Chunk> {
  const { sql, params: values } = new PgDialect().sqlToQuery(query);
  await using connection = await open();
  progress.written = await queryColumns(connection.client, { sql, values }, encoding.columns);
  return {
    number: 0,
    content: { kind: "query", sql, values },
    deadLetters: [],
    counts: noCounts(),
    position: 0,
    last: true,
  };
}

function boundsOf({ load }: Operator, partition: Partition | null): PartitionBounds | null {
  return load.strategy === "delete-insert" && partition !== null ? partitionBounds(load.partitionBy, partition) : null;
}

/** A run that fails keeps the dead letters of what it could not commit: they say why. */
async function keepDeadLetters(
  open: () => Promise<LoadConnection>,
  attempt: Attempt,
  letters: readonly DeadLetter[],
): Promise<void> {
  await using connection = await open();
  const { client } = connection;
  await client.query("BEGIN");
  const tx = drizzle(client);
  await checkEpoch(tx, attempt);
  await supersedeDeadLetters(tx, attempt, "uncommitted");
  await writeDeadLetters(client, attempt, letters, "uncommitted");
  await client.query("COMMIT");
}
