import { Buffer } from "node:buffer";
import { FatalError } from "../../errors/millrace-error.ts";

/** How a field was written: bare, quoted, quoted with doubled quotes inside, or quoted with text behind the quote. */
export const FieldForm = { bare: 0, quoted: 1, escaped: 2, broken: 3 } as const;

/** The whole rows found in some bytes; field `f` of row `r` is number `rows[r] + f`. */
export interface RowBlock {
  readonly bytes: Buffer;
  readonly rowCount: number;
  /** Number of each row's first field, with one entry more than there are rows. */
  readonly rows: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly forms: readonly number[];
  /** Line of each row, from 1. */
  readonly lines: readonly number[];
  /** Offset of each row in the stream, in bytes. */
  readonly offsets: readonly number[];
  /** Offset in `bytes` of the end of each row's last field. */
  readonly rowEnds: readonly number[];
  /** The last row ran into the end of the input inside quotes. */
  readonly unterminated: boolean;
}

export interface ScannerOptions {
  readonly delimiter: string;
  /** A row longer than this is refused (CSV_ROW_TOO_LONG): one lost quote must not eat the memory. */
  readonly maxRowBytes: number;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream of bytes into the rows and fields of RFC 4180; LF, CRLF and CR end a row, empty lines are skipped. */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #maxRowBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  #offset = 0;
  #line = 1;

  constructor({ delimiter, maxRowBytes }: ScannerOptions) {
    if (Buffer.byteLength(delimiter) !== 1) {
      throw new FatalError("CSV_OPTIONS", `The delimiter must be one byte, not ${JSON.stringify(delimiter)}`);
    }
    this.#delimiter = delimiter.charCodeAt(0);
    this.#maxRowBytes = maxRowBytes;
  }

  push(chunk: Buffer): RowBlock {
    return this.#scan(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  end(): RowBlock {
    return this.#scan(this.#rest, true);
  }

  #scan(bytes: Buffer, final: boolean): RowBlock {
    const delimiter = this.#delimiter;
    const length = bytes.length;
    const rows: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const forms: number[] = [];
    const lines: number[] = [];
    const offsets: number[] = [];
    const rowEnds: number[] = [];
    let unterminated = false;
    let line = this.#line;
    let at = this.#offset === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
    let consumed = 0;

    while (at < length) {
      const rowStart = at;
      const firstField = starts.length;
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
            end = length;
          }
          for (let lf = bytes.indexOf(LF, start); lf >= 0 && lf < end; lf = bytes.indexOf(LF, lf + 1)) rowLines += 1;
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
        starts.push(start);
        ends.push(end);
        forms.push(form);
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
        starts.length = firstField;
        ends.length = firstField;
        forms.length = firstField;
        break;
      }
      consumed = Math.min(at, length);
      const empty = starts.length === firstField + 1 && starts[firstField] === ends[firstField] && forms[firstField] === FieldForm.bare;
      if (empty) {
        starts.length = firstField;
        ends.length = firstField;
        forms.length = firstField;
      } else {
        rows.push(firstField);
        lines.push(line);
        offsets.push(this.#offset + rowStart);
        rowEnds.push(ends[ends.length - 1] ?? rowStart);
      }
      line += 1 + rowLines;
    }

    if (length - consumed > this.#maxRowBytes) {
      throw new FatalError("CSV_ROW_TOO_LONG", `The row at line ${line} is longer than ${this.#maxRowBytes} bytes`, {
        fix: "Look for a quote that is never closed there, or raise `maxRowBytes`",
        details: { line, byteOffset: this.#offset + consumed },
      });
    }
    rows.push(starts.length);
    this.#rest = bytes.subarray(consumed);
    this.#offset += consumed;
    this.#line = line;
    return { bytes, rowCount: rows.length - 1, rows, starts, ends, forms, lines, offsets, rowEnds, unterminated };
  }
}
