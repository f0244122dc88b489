import { countReads } from "../files/count-reads.ts";
import { readContent } from "../files/file-bytes.ts";
import { openFiles, type FilePaths, type Files } from "../files/files.ts";
import type { InputFile } from "../files/input-file.ts";
import { decodeText, newDecoder } from "../files/text-chunks.ts";
import type { OpenOptions, RecordBatch, RecordSource } from "../source.ts";
import type { JsonRecord } from "./json-record.ts";
import { JsonlBlock } from "./jsonl-block.ts";
import { LineScanner } from "./line-scanner.ts";
import { LineTemplates } from "./line-templates.ts";

export interface JsonlOptions {
  /** As the web names it. Default `utf-8`; a byte-order mark in the file outweighs it. */
  readonly encoding?: string;
  /** A line of more bytes is a malformed record. Default 16 MiB. */
  readonly maxRecordBytes?: number;
}

export type { JsonRecord };

/** A batch is what was read at once, cut where it has more lines than this. */
const BATCH_ROWS = 5_000;

/**
 * Files of JSON Lines (NDJSON) as a source of records: a file, a directory, a glob, or several of them, plain, gzip or zstd.
 * Blank lines are left out. A line that is no JSON (the last one of a file that was cut off, too), no object, too long or
 * invalid text is a malformed record, not an error.
 * Raises FatalError: SOURCE_NOT_FOUND, SOURCE_CORRUPT, ENCODING_UNKNOWN; RetryableError: SOURCE_UNREADABLE, SOURCE_MOVING.
 */
export function jsonl(paths: FilePaths, options: JsonlOptions = {}): RecordSource<JsonRecord> {
  if (options.encoding !== undefined) newDecoder(options.encoding);
  const files = openFiles(paths);
  return {
    kind: "records",
    uri: files.uri,
    local: files.local,
    typed: true,
    fingerprint: files.fingerprint,
    open: (open) => readFiles(files, options, open),
  };
}

async function* readFiles(
  files: Files,
  options: JsonlOptions,
  open: OpenOptions,
): AsyncIterable<RecordBatch<JsonRecord>> {
  let left = open.skip;
  for (const file of countReads(await files.current(open.signal), open)) {
    for await (const { block, bytes } of readBlocks(file, options, open)) {
      const skipped = Math.min(left, block.length);
      left -= skipped;
      let first = skipped;
      do {
        const last = Math.min(first + BATCH_ROWS, block.length);
        yield block.batch(first, last, first === skipped ? bytes : 0);
        first = last;
      } while (first < block.length);
    }
  }
}

async function* readBlocks(
  file: InputFile,
  { encoding, maxRecordBytes = 16 * 1024 * 1024 }: JsonlOptions,
  { signal, invalidUtf8 = "malformed" }: OpenOptions,
): AsyncIterable<{ readonly block: JsonlBlock; readonly bytes: number }> {
  const scanner = new LineScanner(maxRecordBytes);
  const templates = new LineTemplates();
  const text = await decodeText(readContent(file, signal), encoding);
  const make = (block: ReturnType<LineScanner["push"]>) =>
    new JsonlBlock(block, {
      path: file.uri,
      encoding: text.encoding,
      invalidUtf8,
      maxRecordBytes,
      sourceOffsets: text.lineOffsets?.inSource(block.offsets, block.offsets.length) ?? null,
      templates,
    });
  for await (const { bytes, sourceBytes } of text.chunks)
    yield { block: make(scanner.push(bytes)), bytes: sourceBytes };
  yield { block: make(scanner.end()), bytes: 0 };
}
