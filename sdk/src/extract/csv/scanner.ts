import { Buffer } from "node:buffer";
import { FatalError } from "../../errors/millrace-error.ts";
import { FieldForm, FieldTable, RowTable } from "./row-tables.ts";

/** The whole rows found in some bytes; field `f` of row `r` is number `rows[r] + f`. Good until the scanner's next call. */
export interface RowBlock {
  readonly bytes: Buffer;
  /** Where the bytes begin in the stream. */
  readonly offset: number;
  readonly rowCount: number;
  /** Number of each row's first field, with one entry more than there are rows. */
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly forms: Int32Array;
  /** Line of each row, from 1. */
  readonly lines: Float64Array;
  /** Offset of each row in the stream, in bytes. */
  readonly offsets: Float64Array;
  /** Offset in `bytes` of the end of each row's last field. */
  readonly rowEnds: Int32Array;
  /** The last row ran into the end of the input inside quotes. */
  readonly unterminated: boolean;
}

export interface ScannerOptions {
  readonly delimiter: string;
  /** A row longer than this is refused (CSV_ROW_TOO_LONG): one lost quote must not eat the memory. */
  readonly maxRecordBytes: number;
  /** One character of ASCII: lines that begin with it are left out. Default: there are none. */
  readonly comment?: string | undefined;
  /** Lines at the beginning of the stream that are left out. Default 0. */
  readonly skipLines?: number | undefined;
  /** Where in the stream the scan begins: only at 0 a byte-order mark is none of the content. Default 0. */
  readonly offset?: number;
  /** For how many rows at a time there is room from the beginning, from 2; it grows. Default 1024. */
  readonly room?: number;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream of bytes into the rows and fields of RFC 4180; LF, CRLF and CR end a row, empty lines are skipped. */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #comment: number;
  readonly #skipLines: number;
  readonly #maxRecordBytes: number;
  readonly #fields: FieldTable;
  readonly #rows: RowTable;
  #rest: Buffer = Buffer.alloc(0);
  #offset: number;
  #line = 1;

  constructor({ delimiter, maxRecordBytes, comment, skipLines = 0, offset = 0, room = 1024 }: ScannerOptions) {
    checkByte("delimiter", delimiter);
    if (comment !== undefined) checkByte("comment", comment);
    this.#comment = comment?.charCodeAt(0) ?? -1;
    this.#skipLines = skipLines;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#maxRecordBytes = maxRecordBytes;
    this.#offset = offset;
    this.#rows = new RowTable(room);
    this.#fields = new FieldTable(room * 4);
  }

  push(chunk: Buffer): RowBlock {
    return this.#scan(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  end(): RowBlock {
    return this.#scan(this.#rest, true);
  }

  #scan(bytes: Buffer, final: boolean): RowBlock {
    const delimiter = this.#delimiter;
    const comment = this.#comment;
    const skipLines = this.#skipLines;
    const length = bytes.length;
    const fields = this.#fields;
    const rows = this.#rows;
    fields.count = 0;
    rows.count = 0;
    let unterminated = false;
    let line = this.#line;
    let at = this.#offset === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
    let consumed = 0;

    while (at < length) {
      if (bytes[at] === comment || line <= skipLines) {
        const next = lineEnd(bytes, at, final);
        if (next < 0) break;
        consumed = at = next;
        line += 1;
        continue;
      }
      const rowStart = at;
      const firstField = fields.count;
      let rowLines = 0;
      let complete = false;
      for (;;) {
        let start = at;
        let end: number;
        let form: number = FieldForm.bare;
        if (at < length && bytes[at] === QUOTE) {
          start = at + 1;
          form = FieldForm.quoted;
          end = bytes.indexOf(QUOTE, start);
          while (end >= 0 && end + 1 < length && bytes[end + 1] === QUOTE) {
            form = FieldForm.escaped;
            end = bytes.indexOf(QUOTE, end + 2);
          }
          if (end < 0 || (end + 1 >= length && !final)) {
            if (!final) break;
            unterminated = true;
            form = FieldForm.broken;
            start -= 1;
            end = length;
          }
          for (let index = start; index < end; index += 1) if (bytes[index] === LF) rowLines += 1;
          at = Math.min(end + 1, length);
          const behind = at;
          while (at < length && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR) at += 1;
          if (at > behind) {
            form = FieldForm.broken;
            start -= 1;
            end = at;
          }
        } else {
          let byte: number | undefined;
          while (at < length && (byte = bytes[at]) !== delimiter && byte !== LF && byte !== CR) at += 1;
          end = at;
        }
        if (at >= length && !final) break;
        fields.add(start, end, form);
        if (at < length && bytes[at] === delimiter) {
          at += 1;
          continue;
        }
        if (bytes[at] === CR) {
          if (at + 1 >= length && !final) break;
          at += bytes[at + 1] === LF ? 2 : 1;
        } else {
          at += 1;
        }
        complete = true;
        break;
      }
      if (!complete) {
        fields.count = firstField;
        break;
      }
      consumed = Math.min(at, length);
      if (fields.isEmptyLine(firstField)) fields.count = firstField;
      else rows.add(firstField, { line, offset: this.#offset + rowStart, end: fields.ends[fields.count - 1]! });
      line += 1 + rowLines;
    }

    if (length - consumed > this.#maxRecordBytes) {
      throw new FatalError("CSV_ROW_TOO_LONG", `The row at line ${line} is longer than ${this.#maxRecordBytes} bytes`, {
        fix: "Look for a quote that is never closed there, or raise `maxRecordBytes`",
        details: { line, byteOffset: this.#offset + consumed },
      });
    }
    rows.close(fields.count);
    const { starts, ends, forms } = fields;
    const block = {
      bytes,
      offset: this.#offset,
      rowCount: rows.count,
      rows: rows.firsts,
      starts,
      ends,
      forms,
      lines: rows.lines,
      offsets: rows.offsets,
      rowEnds: rows.ends,
      unterminated,
    };
    this.#rest = bytes.subarray(consumed);
    this.#offset += consumed;
    this.#line = line;
    return block;
  }
}

function checkByte(name: string, text: string): void {
  if (Buffer.byteLength(text) === 1) return;
  throw new FatalError("CSV_OPTIONS", `The ${name} must be one byte, not ${JSON.stringify(text)}`);
}

/** Where the line after this one begins; -1 where that is not known yet. */
function lineEnd(bytes: Buffer, start: number, final: boolean): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  if (at < bytes.length && bytes[at] === LF) return at + 1;
  if (at + 1 >= bytes.length) return final ? bytes.length : -1;
  return at + (bytes[at + 1] === LF ? 2 : 1);
}
