import { countReads } from "../files/count-reads.ts";
import { openFiles, type FilePaths, type Files } from "../files/files.ts";
import { newDecoder } from "../files/text-chunks.ts";
import type { OpenOptions, RecordSource } from "../source.ts";
import { readBatches } from "./csv-batches.ts";
import type { CsvBlock, CsvRecord } from "./csv-block.ts";
import { CsvFile, type CsvFormat } from "./csv-file.ts";
import { checkSameNames, type HeaderOptions } from "./csv-header.ts";

export interface CsvOptions extends HeaderOptions {
  /** One byte. Default `,`. */
  readonly delimiter?: string;
  /** Unquoted text that means null; a quoted one stays text. Default `""`. */
  readonly nullText?: string | readonly string[];
  /**
   * As the web names it: `windows-1252`, `utf-16le`, `shift_jis`, …. Default `utf-8`; a byte-order mark in the file
   * outweighs it.
   */
  readonly encoding?: string;
  /** One byte: a line that begins with it is left out. Default: there are no comments. */
  readonly comment?: string;
  /** Lines to leave out at the beginning of each file, ahead of the header. Default 0. */
  readonly skipLines?: number;
  /** A row of more bytes is refused. Default 16 MiB. */
  readonly maxRecordBytes?: number;
}

export type { CsvRecord };

/**
 * CSV files (RFC 4180) as a source of records of text: a file, a directory, a glob, or several of them, plain,
 * gzip or zstd. Files of one source have the same fields, in any order.
 * A row with too few or too many fields, a broken quote or invalid text is a malformed record, not an error.
 * Raises FatalError: SOURCE_NOT_FOUND, SOURCE_CORRUPT, CSV_HEADER, CSV_OPTIONS, CSV_ROW_TOO_LONG, ENCODING_UNKNOWN;
 * RetryableError: SOURCE_UNREADABLE, SOURCE_MOVING.
 */
export function csv(paths: FilePaths, options: CsvOptions = {}): RecordSource<CsvRecord> {
  const { delimiter = ",", comment, skipLines, maxRecordBytes = 16 * 1024 * 1024, nullText = "", encoding } = options;
  if (encoding !== undefined) newDecoder(encoding);
  const format: CsvFormat = {
    ...options,
    encoding,
    scan: { delimiter, comment, skipLines, maxRecordBytes },
    nullTexts: typeof nullText === "string" ? [nullText] : nullText,
  };
  const files = openFiles(paths);
  const openFields = (open: OpenOptions) => readBlocks(files, format, open);
  return {
    kind: "records",
    uri: files.uri,
    local: files.local,
    fingerprint: files.fingerprint,
    openFields,
    open: (open) => readBatches(openFields(open)),
  };
}

async function* readBlocks(files: Files, format: CsvFormat, open: OpenOptions): AsyncIterable<CsvBlock> {
  const current = await files.current(open.signal);
  if (current.length > 1)
    await checkHeaders(
      current.map((file) => new CsvFile(file, format)),
      open.signal,
    );
  const all = countReads(current, open).map((file) => new CsvFile(file, format));
  let left = open.skip;
  for (const file of all) {
    yield* file.blocks({ ...open, skip: left });
    left = Math.max(0, left - file.rows);
  }
}

/** Before any row is loaded: what was loaded of the first files would be there when the last is refused. */
async function checkHeaders(files: readonly CsvFile[], signal: AbortSignal): Promise<void> {
  const [first, ...others] = files;
  const expected = { path: first!.path, names: await first!.names(signal) };
  for (const file of others) checkSameNames(expected, { path: file.path, names: await file.names(signal) });
}
