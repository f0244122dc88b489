import type { LineBlock, Lines } from "../extract/source.ts";
import { ChunkBuilder } from "../load/chunk-builder.ts";
import type { Chunk } from "../load/loader.ts";
import { sentColumns } from "../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../load/postgres/target-columns.ts";
import type { RowBuffer } from "../load/row-buffer.ts";
import { HASH_LENGTH, type RowHash } from "../load/row-hash.ts";
import type { TableRecord } from "../record/table-record.ts";
import { ChunkEnds } from "./chunk-ends.ts";
import { SAMPLE_ROWS, willWrite, type ReadChunksOptions, type ReadProgress } from "./read-chunks.ts";

/** Columns of a source's lines that fill columns of the target. */
export interface LineColumns {
  readonly source: Lines;
  /** In the source, in the order of `written`. */
  readonly names: readonly string[];
  readonly written: readonly TargetColumn[];
}

const LF = 0x0a;

/**
 * The columns, where the source's types are the target's, so that nothing is to be looked at between one server and the
 * other; else null.
 */
export function lineColumns(
  source: Lines,
  { operator, encoding }: Pick<ReadChunksOptions, "operator" | "encoding">,
): LineColumns | null {
  const { fields } = operator.record as TableRecord<unknown>;
  const { columns, needed } = source;
  const matches = encoding.columns.flatMap((target) => {
    const field = fields.find(({ key }) => key === target.key);
    const given = columns.find(({ name }) => name === field?.name);
    return given === undefined ? [] : [{ target, given }];
  });
  const names = matches.map(({ given }) => given.name);
  const whole = encoding.columns.every(
    (target) => target.hasDefault || matches.some((match) => match.target === target),
  );
  const same = matches.every(
    ({ target, given }) => baseType(target.sqlType) === baseType(given.sqlType) && (given.notNull || !target.notNull),
  );
  if (!whole || !same || !needed.every((name) => names.includes(name))) return null;
  return { source, names, written: matches.map(({ target }) => target) };
}

const ALIASES: Readonly<Record<string, string>> = {
  varchar: "character varying",
  char: "character",
  smallserial: "smallint",
  serial: "integer",
  bigserial: "bigint",
  decimal: "numeric",
  timestamp: "timestamp without time zone",
  time: "time without time zone",
};

/** A type's name without its length or precision, which the server sees to; it has one type for lists of any depth. */
function baseType(sqlType: string): string {
  const [, name = "", list = ""] = /^(.*?)((?:\[\d*\])*)$/.exec(sqlType.replace(/ ?\([^)]*\)/, "")) ?? [];
  return (ALIASES[name] ?? name) + (list === "" ? "" : "[]");
}

/** As `readChunks`, and with the same result, for lines that are already as the target takes them. */
export async function* readLineChunks(
  options: ReadChunksOptions & { readonly lines: LineColumns },
  progress: ReadProgress,
): AsyncIterable<Chunk> {
  const { operator, source, encoding, lines, signal, position, checkpoint } = options;
  const builder = new ChunkBuilder(operator.chunks, { position, typed: false });
  const ends = new ChunkEnds(source, builder);
  willWrite(progress, sentColumns(encoding, lines.written));
  for await (const block of lines.source.open({
    signal,
    skip: ends.skip(position),
    checkpoint: checkpoint ?? null,
    names: lines.names,
  })) {
    signal.throwIfAborted();
    progress.bytes += block.bytesRead;
    if (!builder.empty && builder.isFull(block.rowCount) && ends.mayEnd) yield builder.take(false);
    builder.startBatch(block.origins());
    addLines(builder.rows, block, encoding.hash);
    for (let row = 0; row < block.rowCount; row += 1) {
      builder.countRow(row);
      if (progress.sample.length < SAMPLE_ROWS) progress.sample.push(block.record(row));
    }
    ends.endBatch(block.cursor);
  }
  ends.endSource();
  yield builder.take(true);
}

function addLines(out: RowBuffer, { bytes, rowCount, ends }: LineBlock, hash: RowHash | null): void {
  out.reserve(bytes.length + (hash === null ? 0 : rowCount * (HASH_LENGTH + 1)));
  const first = out.length;
  if (hash === null) {
    bytes.copy(out.bytes, first);
    for (let row = 0; row < rowCount; row += 1) out.endRow(first + ends[row]!);
    return;
  }
  const target = out.bytes;
  let start = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const at = out.length;
    const end = ends[row]! - 1;
    bytes.copy(target, at, start, end);
    const to = hash.append(target, at, at + end - start);
    target[to] = LF;
    out.endRow(to + 1);
    start = end + 1;
  }
}
