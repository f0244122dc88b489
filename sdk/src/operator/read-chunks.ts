import { setImmediate as breathe } from "node:timers/promises";
import { RecordError } from "../errors/millrace-error.ts";
import type { Json } from "../host/host.ts";
import { malformedLetter, type OpenOptions, type RecordSource, type SourceRead } from "../extract/source.ts";
import { ChunkBuilder } from "../load/chunk-builder.ts";
import type { Chunk } from "../load/loader.ts";
import { flatChange, type AnyChange } from "../load/change.ts";
import type { RowEncoding } from "../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../load/postgres/target-columns.ts";
import type { Rejection } from "../record/dead-letter.ts";
import { checkFields } from "../record/check-fields.ts";
import { invalidUtf8Under, schemaUnder } from "../record/text-policy.ts";
import { ChangeRecord } from "../record/change-record.ts";
import { TableRecord } from "../record/table-record.ts";
import { recordStep, type StepResult } from "../record/record-step.ts";
import { ChunkEnds } from "./chunk-ends.ts";
import type { LoadOperator } from "./operator.ts";
import type { RowSample } from "./partition-run.ts";
import { rowLines, type RowLines, type Within } from "./row-lines.ts";

export interface ReadChunksOptions {
  readonly operator: LoadOperator;
  readonly source: RecordSource<unknown>;
  readonly encoding: RowEncoding;
  readonly within: Within | null;
  readonly signal: AbortSignal;
  readonly position: number;
  /** See `OpenOptions`. */
  readonly checkpoint: Json | null;
  readonly dryRun?: boolean;
}

export interface ReadProgress {
  /** Uncompressed, of what came as records. */
  bytes: number;
  /** Of a source that knows its size: how much of what is stored has been read. */
  stored?: SourceRead;
  readonly sample: RowSample[];
  /** The columns that the rows write; known with the first row. */
  written: readonly TargetColumn[] | undefined;
  /** Told of them as soon as they are known. */
  onWritten?: (written: readonly TargetColumn[]) => void;
}

export function willWrite(progress: ReadProgress, columns: readonly TargetColumn[]): void {
  progress.written = columns;
  progress.onWritten?.(columns);
}

type Row = Readonly<Record<string, unknown>>;

export const SAMPLE_ROWS = 5;

/** After so many records, answers of the server are looked at: it waits for the next statement meanwhile. */
const BREATH_RECORDS = 256;

/** Reads the source, makes rows of its records and yields them in chunks, keeping `progress` up to date. */
export async function* readChunks(options: ReadChunksOptions, progress: ReadProgress): AsyncIterable<Chunk> {
  const { operator, source, encoding, within, signal, position, checkpoint, dryRun = false } = options;
  const { typed: ofSource = false } = source;
  const { repair } = encoding;
  const builder = new ChunkBuilder(operator.chunks, { position, typed: ofSource });
  const ends = new ChunkEnds(source, builder);
  let typed = ofSource;
  let step = stepFor(operator, typed);
  let add: RowLines["add"] | undefined;
  let fields: readonly string[] | undefined;
  const adderLike = (row: Row): RowLines["add"] => {
    const lines = rowLines(row, { encoding, within });
    willWrite(progress, lines.columns);
    return lines.add;
  };

  const skip = ends.skip(position);
  const open: OpenOptions = {
    signal,
    skip,
    checkpoint,
    dryRun,
    invalidUtf8: invalidUtf8Under(operator.text),
    onRead: (read) => (progress.stored = read),
  };
  for await (const batch of source.open(open)) {
    signal.throwIfAborted();
    progress.bytes += batch.bytes;
    if ((batch.typed ?? ofSource) !== typed) step = stepFor(operator, (typed = !typed));
    if (batch.fields !== fields)
      checkFields(operator.record, (fields = batch.fields) ?? [], {
        source: source.uri,
        except: encoding.hashColumn?.key,
      });
    if (!builder.empty && builder.isFull(batch.records.length + batch.malformed.length) && ends.mayEnd) {
      yield builder.take(false);
    }
    builder.startBatch(
      batch.origins?.() ?? { position: (index) => batch.position(index), record: (index) => batch.records[index] },
    );
    for (const malformed of batch.malformed) builder.addDeadLetter(malformedLetter(malformed));
    for (let index = 0; index < batch.records.length; index += 1) {
      if (index % BREATH_RECORDS === 0) await breathe();
      const record = batch.records[index];
      const reject = (rejection: Rejection) =>
        builder.addDeadLetter({ ...rejection, record, position: batch.position(index), typed });
      const result = step(record);
      if (result.outcome === "filtered") {
        builder.addFiltered();
      } else if (result.outcome === "rejected") {
        reject(result.rejection);
      } else {
        add ??= adderLike(result.row);
        const before = repair?.repaired;
        try {
          add(result.row, builder.rows);
          builder.countRow(index);
          if (repair?.repaired !== before) builder.countRepaired();
          if (progress.sample.length < SAMPLE_ROWS)
            progress.sample.push(
              encoding.changes === null ? result.row : flatChange(result.row as unknown as AnyChange),
            );
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
          reject(error.rejection);
        }
      }
    }
    ends.endBatch(batch.cursor);
  }
  ends.endSource();
  yield builder.take(true);
}

function stepFor({ record, text, transform }: LoadOperator, typed: boolean): (record: unknown) => StepResult<Row> {
  const schema =
    typed && (record instanceof TableRecord || record instanceof ChangeRecord) ? record.ofTypedValues() : record;
  return recordStep<Row>({ schema: schemaUnder(text, schema), transform });
}
