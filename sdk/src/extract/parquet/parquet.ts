import type { Compressors } from "hyparquet";
import { escapedUtf8 } from "../escaped-utf8.ts";
import { fileStarts } from "../files/count-reads.ts";
import { openFiles, type FilePaths, type Files } from "../files/files.ts";
import type { MalformedRecord, OpenOptions, RecordBatch, RecordSource } from "../source.ts";
import { loadCodecs } from "./codecs.ts";
import { findUnreadable } from "./column-values.ts";
import { ParquetFile, type ParquetRows } from "./parquet-file.ts";

export interface ParquetOptions {
  /** Names of the columns to read; the others are not even read from the disk. Default: all. */
  readonly columns?: readonly string[];
}

/**
 * A row of a Parquet file by column. Integers of 64 bits are bigints; decimals are text with all their digits; days and times are
 * text as ISO 8601 has them, with all digits of their unit, moments with `Z`, local ones without; bytes are Uint8Arrays;
 * lists, maps and structs are such as JSON has them.
 */
export type ParquetRecord = Readonly<Record<string, unknown>>;

const BATCH_ROWS = 5_000;

/**
 * Parquet files as a source of records: a file, a directory, a glob, or several of them. No more than a part of a row group is
 * decoded at a time. A record's line is its number in the file, from 1. A row with text that is no UTF-8, or JSON that is none,
 * is malformed.
 * Raises FatalError: SOURCE_NOT_FOUND, SOURCE_CORRUPT, PARQUET_COLUMNS, PARQUET_MISREAD; RetryableError: SOURCE_UNREADABLE, SOURCE_MOVING.
 */
export function parquet(paths: FilePaths, options: ParquetOptions = {}): RecordSource<ParquetRecord> {
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
  { columns }: ParquetOptions,
  { signal, skip, invalidUtf8, onRead }: OpenOptions,
): AsyncIterable<RecordBatch<ParquetRecord>> {
  const repair = invalidUtf8 === "escaped" ? escapedUtf8 : null;
  const codecs: Compressors = await loadCodecs();
  let left = skip;
  const inputs = await files.current(signal);
  const starts = fileStarts(inputs);
  for (const [index, input] of inputs.entries()) {
    const file = await ParquetFile.open(input, { codecs, columns, repair, signal });
    const make = recordMaker(file.names);
    let any = false;
    for await (const rows of file.rows(left)) {
      const share = (rows.first + rows.count) / file.length;
      onRead?.({ bytes: Math.round(starts[index]! + input.size * share), totalBytes: starts.at(-1)! });
      for (let from = 0; from < rows.count; from += BATCH_ROWS) {
        signal.throwIfAborted();
        any = true;
        yield readBatch(rows, { from, path: input.uri, names: file.names, make });
      }
    }
    left = Math.max(0, left - file.length);
    // A file without rows says its fields too.
    if (!any) yield { records: [], malformed: [], fields: file.names, bytes: 0, position: () => place(input.uri, 0) };
  }
}

interface BatchOptions {
  readonly from: number;
  readonly path: string;
  readonly names: readonly string[];
  readonly make: RowMaker;
}

function readBatch(rows: ParquetRows, { from, path, names, make }: BatchOptions): RecordBatch<ParquetRecord> {
  const to = Math.min(from + BATCH_ROWS, rows.count);
  const records: ParquetRecord[] = [];
  const numbers: number[] = [];
  const malformed: MalformedRecord[] = [];
  for (let row = from; row < to; row += 1) {
    const record = make(rows.columns, row);
    const problem = rows.unreadable ? unreadableField(record, path, rows.first + row) : null;
    if (problem !== null) {
      malformed.push(problem);
    } else {
      records.push(record);
      numbers.push(rows.first + row);
    }
  }
  const bytes = from === 0 ? rows.bytes : 0;
  return { records, malformed, fields: names, bytes, position: (index) => place(path, numbers[index]!) };
}

function unreadableField(record: ParquetRecord, path: string, number: number): MalformedRecord | null {
  for (const [name, value] of Object.entries(record)) {
    const found = findUnreadable(value);
    if (found === undefined) continue;
    const raw = JSON.stringify(record, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
    return {
      code: found.code,
      reason: `${name}: ${found.reason}`,
      raw: raw.slice(0, 10_000),
      position: place(path, number),
    };
  }
  return null;
}

function place(source: string, number: number): ReturnType<RecordBatch<unknown>["position"]> {
  return { source, line: number + 1, byteOffset: null };
}

type RowMaker = (columns: readonly ArrayLike<unknown>[], row: number) => ParquetRecord;

/** An object literal, which is made several times as fast as property by property. */
function recordMaker(names: readonly string[]): RowMaker {
  const properties = names.map((name, index) => `${JSON.stringify(name)}: columns[${index}][row]`);
  return new Function("columns", "row", `"use strict"; return { ${properties.join(", ")} };`) as RowMaker;
}
