import { isAscii, isUtf8 } from "node:buffer";
import type { Position } from "../../record/dead-letter.ts";
import type { InvalidUtf8 } from "../../record/text-policy.ts";
import { escapedUtf8 } from "../escaped-utf8.ts";
import { Malformed, type FieldBlock, type RecordOrigins } from "../source.ts";
import { CsvOrigins } from "./csv-origins.ts";
import { FieldForm } from "./row-tables.ts";
import { CsvScanner, type RowBlock, type ScannerOptions } from "./scanner.ts";

/** A record of a CSV file: the header's names with the fields as text, or null. */
export type CsvRecord = Record<string, string | null>;

export interface CsvBlockOptions {
  readonly path: string;
  readonly scan: ScannerOptions;
  readonly names: readonly string[];
  readonly makeRecord: RecordMaker;
  readonly nullTexts: readonly string[];
  readonly firstRow: number;
  readonly bytesRead: number;
  readonly invalidUtf8: InvalidUtf8;
  /** Of the source's text. */
  readonly encoding: string;
  /** Where rows begin in the source, where that is not where they begin in the block's text. */
  readonly sourceOffsets: Float64Array | null;
}

/** Makes a record of its fields' values. */
export type RecordMaker = (values: readonly (string | null)[]) => CsvRecord;

/** A maker for records with these names: an object literal, which is made several times as fast as property by property. */
export function recordMaker(names: readonly string[]): RecordMaker {
  const properties = names.map((name, index) => `${JSON.stringify(name)}: values[${index}]`);
  return new Function("values", `"use strict"; return { ${properties.join(", ")} };`) as RecordMaker;
}

const MAX_RAW_CHARACTERS = 10_000;

/** Rows of a CSV file, as bytes and as records. */
export class CsvBlock implements FieldBlock {
  readonly names: readonly string[];
  readonly bytes: Buffer;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly forms: Int32Array;
  readonly nulls: readonly Buffer[];
  readonly bytesRead: number;
  readonly wellFormed: boolean;
  readonly #block: RowBlock;
  readonly #options: CsvBlockOptions;
  #text: string | null | undefined;
  #origins: RecordOrigins | undefined;

  constructor(block: RowBlock, options: CsvBlockOptions) {
    this.names = options.names;
    this.nulls = options.nullTexts.map((text) => Buffer.from(text));
    this.firstRow = options.firstRow;
    this.bytesRead = options.bytesRead;
    this.bytes = block.bytes;
    this.rowCount = block.rowCount;
    this.rows = block.rows;
    this.starts = block.starts;
    this.ends = block.ends;
    this.forms = block.forms;
    this.wellFormed = isUtf8(block.bytes.subarray(0, block.rowCount === 0 ? 0 : block.rowEnds[block.rowCount - 1]));
    this.#block = block;
    this.#options = options;
  }

  position(row: number): Position {
    const offsets = this.#options.sourceOffsets ?? this.#block.offsets;
    return { source: this.#options.path, line: this.#block.lines[row]!, byteOffset: offsets[row]! };
  }

  origins(): RecordOrigins {
    const { path, sourceOffsets } = this.#options;
    return (this.#origins ??= new CsvOrigins(this.#block, { path, sourceOffsets, read: rowReader(this.#options) }));
  }

  record(row: number): CsvRecord | Malformed {
    const { names, rows, starts, ends, forms } = this;
    const from = rows[row]!;
    const count = rows[row + 1]! - from;
    if (this.#block.unterminated && row === this.rowCount - 1)
      return this.#malformed(row, "CSV_QUOTE", "a quote is opened and never closed");
    const escaped = this.#options.invalidUtf8 === "escaped" && !this.wellFormed;
    if (!this.wellFormed && !escaped && !isUtf8(this.#rowBytes(row))) {
      const { encoding } = this.#options;
      return encoding === "utf-8"
        ? this.#malformed(row, "INVALID_UTF8", "the line is not valid UTF-8")
        : this.#malformed(row, "INVALID_ENCODING", `the line is not valid ${encoding}`);
    }
    if (count !== names.length)
      return this.#malformed(row, "CSV_FIELDS", `the line has ${count} fields, the header ${names.length}`);
    // In ASCII, which most blocks are, bytes and characters have the same offsets: one string is made, and cut.
    const text = (this.#text ??= isAscii(this.bytes) ? this.bytes.toString("latin1") : null);
    const values: (string | null)[] = [];
    for (let index = 0; index < count; index += 1) {
      const start = starts[from + index]!;
      const end = ends[from + index]!;
      const form = forms[from + index];
      const value = escaped
        ? escapedUtf8(this.bytes.subarray(start, end))
        : text === null
          ? this.bytes.toString("utf8", start, end)
          : text.substring(start, end);
      if (form === FieldForm.broken)
        return this.#malformed(row, "CSV_QUOTE", `text stands behind the closing quote of "${names[index]}"`);
      const isNull = form === FieldForm.bare && this.#options.nullTexts.includes(value);
      values.push(isNull ? null : form === FieldForm.escaped ? value.replaceAll('""', '"') : value);
    }
    return this.#options.makeRecord(values);
  }

  #malformed(row: number, code: string, reason: string): Malformed {
    const raw = this.#rowBytes(row).toString("utf8").slice(0, MAX_RAW_CHARACTERS);
    return new Malformed({ code, reason, raw, position: this.position(row) });
  }

  /** A row as it stands in the file, with the quotes around its first and last field. */
  #rowBytes(row: number): Buffer {
    const quotes = (form: number | undefined) => (form === FieldForm.quoted || form === FieldForm.escaped ? 1 : 0);
    const first = this.rows[row]!;
    const last = this.rows[row + 1]! - 1;
    const end = Math.min(this.ends[last]! + quotes(this.forms[last]), this.bytes.length);
    return this.bytes.subarray(this.starts[first]! - quotes(this.forms[first]), end);
  }
}

/** Scans a single row again. */
function rowReader(options: CsvBlockOptions): (bytes: Buffer, offset: number) => CsvRecord | Malformed {
  return (bytes, offset) => {
    const scanner = new CsvScanner({ ...options.scan, comment: undefined, skipLines: 0, offset, room: 2 });
    let block = scanner.push(bytes);
    if (block.rowCount === 0) block = scanner.end();
    return new CsvBlock(block, { ...options, firstRow: 0, bytesRead: 0 }).record(0);
  };
}
