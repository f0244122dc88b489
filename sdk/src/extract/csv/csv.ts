import { isAscii, isUtf8 } from "node:buffer";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Position } from "../../record/dead-letter.ts";
import { fileFingerprint, readFileBytes } from "../files.ts";
import type { MalformedRecord, OpenOptions, RecordBatch, RecordSource } from "../source.ts";
import { CsvScanner, FieldForm, type RowBlock } from "./scanner.ts";

export interface CsvOptions {
  /** One byte. Default `,`. */
  readonly delimiter?: string;
  /** Unquoted text that means null; a quoted one stays text. Default `""`. */
  readonly nullText?: string | readonly string[];
  /** Default 16 MiB. */
  readonly maxRowBytes?: number;
}

/** A record of a CSV file: the header's names with the fields as text, or null. */
export type CsvRecord = Record<string, string | null>;

const MAX_RAW_CHARACTERS = 10_000;
const BATCH_ROWS = 5_000;

/**
 * A CSV file (RFC 4180, UTF-8, with a header) as a source of records, gunzipped where its name ends in `.gz`.
 * A row with too few or too many fields, a broken quote or invalid UTF-8 is a malformed record, not an error.
 * Raises FatalError: SOURCE_NOT_FOUND, SOURCE_CORRUPT, CSV_HEADER, CSV_ROW_TOO_LONG.
 */
export function csv(path: string, options: CsvOptions = {}): RecordSource<CsvRecord> {
  const nulls = new Set(typeof options.nullText === "string" ? [options.nullText] : (options.nullText ?? [""]));
  return {
    kind: "records",
    uri: path,
    local: true,
    fingerprint: () => fileFingerprint(path),
    open: (open) => read(path, { options, nulls, open }),
  };
}

interface ReadOptions {
  readonly options: CsvOptions;
  readonly nulls: ReadonlySet<string>;
  readonly open: OpenOptions;
}

async function* read(path: string, { options, nulls, open }: ReadOptions): AsyncIterable<RecordBatch<CsvRecord>> {
  const { delimiter = ",", maxRowBytes = 16 * 1024 * 1024 } = options;
  const scanner = new CsvScanner({ delimiter, maxRowBytes });
  let header: readonly string[] | undefined;
  let skip = open.skip;

  function* batches(block: RowBlock, bytes: number): Iterable<RecordBatch<CsvRecord>> {
    let first = 0;
    if (header === undefined) {
      if (block.rowCount === 0) return;
      header = readHeader(path, rowTexts(block, 0));
      first = 1;
      // Also where no record follows: a file with another header is not an empty one.
      yield decode(block, { header, nulls, path, bytes: 0, first, last: first });
    }
    const skipped = Math.min(skip, block.rowCount - first);
    skip -= skipped;
    let unreported = bytes;
    for (let from = first + skipped; from < block.rowCount; from += BATCH_ROWS) {
      yield decode(block, { header, nulls, path, bytes: unreported, first: from, last: Math.min(from + BATCH_ROWS, block.rowCount) });
      unreported = 0;
    }
  }

  for await (const chunk of readFileBytes(path, open.signal)) {
    yield* batches(scanner.push(chunk), chunk.length);
  }
  yield* batches(scanner.end(), 0);
  if (header === undefined) {
    throw new FatalError("CSV_HEADER", `${path} is empty: it has no header line`, { fix: "Write the header even where there are no rows" });
  }
}

function readHeader(path: string, names: readonly string[]): readonly string[] {
  const problem =
    names.find((name, index) => names.indexOf(name) !== index) ?? names.find((name) => name === "" || name === "__proto__");
  if (problem !== undefined) {
    throw new FatalError("CSV_HEADER", `The header of ${path} can not name records: ${JSON.stringify(problem)} is doubled, empty or reserved`, {
      fix: "Give each column a name of its own",
      details: { header: names },
    });
  }
  return names;
}

interface DecodeOptions {
  readonly header: readonly string[];
  readonly nulls: ReadonlySet<string>;
  readonly path: string;
  readonly bytes: number;
  /** Rows from `first` to before `last`. */
  readonly first: number;
  readonly last: number;
}

function decode(block: RowBlock, { header, nulls, path, bytes, first, last }: DecodeOptions): RecordBatch<CsvRecord> {
  const { rows, starts, ends, forms, lines, offsets } = block;
  const records: CsvRecord[] = [];
  const recordRows: number[] = [];
  const malformed: MalformedRecord[] = [];
  const text = isAscii(block.bytes) ? block.bytes.toString("latin1") : undefined;
  const valid = text !== undefined || isUtf8(block.bytes.subarray(0, block.rowEnds.at(-1) ?? 0));
  const width = header.length;

  const position = (row: number): Position => ({ source: path, line: lines[row]!, byteOffset: offsets[row]! });
  const bad = (row: number, code: string, reason: string) => {
    const raw = rowBytes(block, row).toString("utf8");
    malformed.push({ code, reason, raw: raw.slice(0, MAX_RAW_CHARACTERS), position: position(row) });
  };

  for (let row = first; row < last; row += 1) {
    const from = rows[row]!;
    const fields = rows[row + 1]! - from;
    if (block.unterminated && row === block.rowCount - 1) {
      bad(row, "CSV_QUOTE", "a quote is opened and never closed");
    } else if (!valid && !isUtf8(rowBytes(block, row))) {
      bad(row, "INVALID_UTF8", "the line is not valid UTF-8");
    } else if (fields !== width) {
      bad(row, "CSV_FIELDS", `the line has ${fields} fields, the header ${width}`);
    } else {
      const record: CsvRecord = {};
      let broken: string | undefined;
      for (let index = 0; index < width; index += 1) {
        const field = from + index;
        const start = starts[field]!;
        const end = ends[field]!;
        const form = forms[field];
        const value = text === undefined ? block.bytes.toString("utf8", start, end) : text.substring(start, end);
        const name = header[index]!;
        if (form === FieldForm.broken) broken = name;
        record[name] = form === FieldForm.bare && nulls.has(value) ? null : form === FieldForm.escaped ? value.replaceAll('""', '"') : value;
      }
      if (broken === undefined) {
        records.push(record);
        recordRows.push(row);
      } else {
        bad(row, "CSV_QUOTE", `text stands behind the closing quote of "${broken}"`);
      }
    }
  }
  return { records, malformed, fields: header, bytes, position: (index) => position(recordRows[index]!) };
}

function rowTexts(block: RowBlock, row: number): string[] {
  const texts: string[] = [];
  for (let field = block.rows[row]!; field < block.rows[row + 1]!; field += 1) {
    const text = block.bytes.toString("utf8", block.starts[field], block.ends[field]);
    texts.push(block.forms[field] === FieldForm.escaped ? text.replaceAll('""', '"') : text);
  }
  return texts;
}

function rowBytes(block: RowBlock, row: number): Buffer {
  const firstField = block.rows[row]!;
  const quoted = block.forms[firstField] === FieldForm.quoted || block.forms[firstField] === FieldForm.escaped;
  const start = block.starts[firstField]! - (quoted ? 1 : 0);
  const lastForm = block.forms[block.rows[row + 1]! - 1];
  const closing = lastForm === FieldForm.quoted || lastForm === FieldForm.escaped ? 1 : 0;
  return block.bytes.subarray(start, Math.min(block.rowEnds[row]! + closing, block.bytes.length));
}
