import { PgDialect } from "drizzle-orm/pg-core";
import type { QuerySource, RecordSource, Source } from "../extract/source.ts";
import type { Json } from "../host/host.ts";
import type { Chunk } from "../load/loader.ts";
import type { PartitionBounds } from "../load/partition-bounds.ts";
import type { LoadConnection } from "../load/postgres/connection.ts";
import { queryColumns } from "../load/postgres/query-columns.ts";
import type { RowEncoding } from "../load/postgres/row-encoding.ts";
import { noCounts } from "../record/counts.ts";
import type { LoadOperator } from "./operator.ts";
import type { PartitionRun } from "./partition-run.ts";
import { readChunks, type ReadProgress } from "./read-chunks.ts";
import { canStayBytes, readFieldChunks } from "./read-field-chunks.ts";
import { lineColumns, readLineChunks } from "./read-line-chunks.ts";
import { hasCursor } from "./resume.ts";

export interface PartitionChunksOptions {
  readonly run: PartitionRun<LoadOperator>;
  readonly connect: () => Promise<LoadConnection>;
  readonly encoding: RowEncoding;
  readonly bounds: PartitionBounds | null;
  /** Records of the source to be left out from the beginning. */
  readonly position: number;
  /** See `OpenOptions`. */
  readonly checkpoint: Json | null;
  readonly progress: ReadProgress;
}

/** The chunks of a partition's source. */
export async function* partitionChunks(source: Source<unknown>, options: PartitionChunksOptions): AsyncIterable<Chunk> {
  const { run, encoding, bounds, position, checkpoint, progress } = options;
  if (source.kind === "query") {
    yield await queryChunk(source, options);
    return;
  }
  const { operator, host } = run;
  const { load } = operator;
  const within = load.strategy === "delete-insert" && bounds !== null ? { column: load.partitionBy, bounds } : null;
  const reading = {
    operator,
    source,
    encoding,
    within,
    signal: host.signal,
    position,
    checkpoint,
    dryRun: run.dryRun !== undefined,
  };
  if (!canStayBytes(reading)) {
    yield* readChunks(reading, progress);
    return;
  }
  if (source.lines !== undefined && within === null && encoding.changes === null) {
    await using connected = await source.lines.connect(host.signal);
    const lines = lineColumns(connected, reading);
    if (lines !== null) {
      yield* readLineChunks({ ...reading, lines }, progress);
      return;
    }
  }
  yield* readFieldChunks(reading, progress);
}

/** The same chunks once more; none where the source is not the one with this fingerprint, or need not give the same rows. */
export async function* partitionChunksAgain(
  source: RecordSource<unknown>,
  { fingerprint, ...options }: Omit<PartitionChunksOptions, "progress"> & { readonly fingerprint: string | null },
): AsyncIterable<Chunk> {
  if (hasCursor(source) || (await source.fingerprint()) !== fingerprint) return;
  yield* partitionChunks(source, { ...options, progress: { bytes: 0, sample: [], written: undefined } });
}

async function queryChunk(
  { query }: QuerySource,
  { connect, encoding, progress }: PartitionChunksOptions,
): Promise<Chunk> {
  const { sql, params: values } = new PgDialect().sqlToQuery(query);
  await using connection = await connect();
  progress.written = await queryColumns(connection.client, { sql, values }, encoding.columns);
  const content = { kind: "query", sql, values } as const;
  return { number: 0, content, deadLetters: [], counts: noCounts(), position: 0, cursor: null, last: true };
}
