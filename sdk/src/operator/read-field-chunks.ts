import { setImmediate as breathe } from "node:timers/promises";
import { ChunkBuilder } from "../load/chunk-builder.ts";
import type { Chunk } from "../load/loader.ts";
import { partitionCheck } from "../load/partition-bounds.ts";
import { stagedColumns } from "../load/postgres/changes/change-columns.ts";
import { ChangeBlockEncoder } from "../load/postgres/changes/change-block-encoder.ts";
import { BlockEncoder } from "../load/postgres/bytes/block-encoder.ts";
import { sentColumns } from "../load/postgres/row-encoding.ts";
import { Malformed, type FieldBlock, type OpenOptions, type RecordSource } from "../extract/source.ts";
import { checkFields } from "../record/check-fields.ts";
import { invalidUtf8Under, schemaUnder } from "../record/text-policy.ts";
import { fieldType } from "../record/field-type.ts";
import { ChangeRecord } from "../record/change-record.ts";
import type { TableField } from "../record/table-field.ts";
import { TableRecord } from "../record/table-record.ts";
import { ChunkEnds } from "./chunk-ends.ts";
import { SAMPLE_ROWS, willWrite, type ReadChunksOptions, type ReadProgress } from "./read-chunks.ts";

/** Whether an operator's rows can stay the bytes that they come in: they are a table's own, and no function sees them. */
export function canStayBytes({ operator, source }: Pick<ReadChunksOptions, "operator" | "source">): boolean {
  return (
    source.openFields !== undefined &&
    operator.transform === undefined &&
    (operator.record instanceof TableRecord || operator.record instanceof ChangeRecord)
  );
}

type FieldEncoder = Pick<BlockEncoder, "encode">;

/** After so many rows, answers of the server are looked at: it waits for the next statement meanwhile. */
const BREATH_ROWS = 512;

/** As `readChunks`, and with the same result, for rows that stay bytes. */
export async function* readFieldChunks(options: ReadChunksOptions, progress: ReadProgress): AsyncIterable<Chunk> {
  const { operator, source, signal, position, checkpoint, encoding } = options;
  const { repair } = encoding;
  const builder = new ChunkBuilder(operator.chunks, { position, typed: false });
  const ends = new ChunkEnds(source, builder);
  const byCursor = source.resumes === "cursor";
  let encoder: FieldEncoder | undefined;
  let names: readonly string[] | undefined;
  const skip = ends.skip(position);
  const open: OpenOptions = {
    signal,
    skip,
    checkpoint,
    invalidUtf8: invalidUtf8Under(operator.text),
    onRead: (read) => (progress.stored = read),
  };
  for await (const block of openFields(source, open)) {
    signal.throwIfAborted();
    progress.bytes += block.bytesRead;
    if (encoder === undefined || block.names !== names) encoder = encoderFor(options, progress, (names = block.names));
    if (byCursor && !builder.empty && builder.isFull(block.rowCount - block.firstRow) && ends.mayEnd) {
      yield builder.take(false);
    }
    builder.startBatch(block.origins());
    for (let row = block.firstRow; row < block.rowCount; row += 1) {
      if (row % BREATH_ROWS === 0) await breathe();
      if (!byCursor && builder.isFull(1)) yield builder.take(false);
      const before = repair?.repaired;
      const letter = encoder.encode(block, row, builder.rows);
      if (letter !== null) {
        builder.addDeadLetter(letter);
        continue;
      }
      builder.countRow(row);
      if (repair?.repaired !== before) builder.countRepaired();
      if (progress.sample.length < SAMPLE_ROWS) addSample(progress, block, row);
    }
    ends.endBatch(block.cursor);
  }
  ends.endSource();
  yield builder.take(true);
}

function openFields(source: RecordSource<unknown>, options: OpenOptions): AsyncIterable<FieldBlock> {
  return source.openFields!(options);
}

function encoderFor(
  { operator, source, encoding, within }: ReadChunksOptions,
  progress: ReadProgress,
  names: readonly string[],
): FieldEncoder {
  const { columns, hash, hashColumn, repair, changes } = encoding;
  if (operator.record instanceof ChangeRecord) {
    const { record, text } = operator;
    checkFields(record, names, { source: source.uri, except: undefined });
    willWrite(progress, stagedColumns(changes!));
    return new ChangeBlockEncoder({ columns: changes!, record, schema: schemaUnder(text, record)!, names });
  }
  const record = operator.record as TableRecord<unknown>;
  checkFields(record, names, { source: source.uri, except: hashColumn?.key });
  const fieldOf = (key: string) => record.fields.find((field) => field.key === key && names.includes(field.name));
  const written = columns.filter(({ key }) => fieldOf(key) !== undefined);
  willWrite(progress, sentColumns(encoding, written));
  const fields = written.map(({ key, notNull }): TableField => ({ ...fieldOf(key)!, notNull }));
  const guarded = within && fields.find((_, index) => written[index]!.name === within.column.name);
  const guard = within && guarded ? { field: guarded, check: partitionCheck(guarded.key, within.bounds) } : null;
  // A record of another table than the target may call text what is a number there.
  const typed = fields.every(({ type }, index) => type.kind === fieldType(written[index]!.sqlType).kind);
  return new BlockEncoder({ fields, typed, names, hash, repair, guard });
}

function addSample({ sample }: ReadProgress, block: FieldBlock, row: number): void {
  const record = block.record(row);
  if (!(record instanceof Malformed)) sample.push(record);
}
