import type { EncodedRows } from "../../row-buffer.ts";
import { KEPT_BYTES, type RowPieces } from "../copy.ts";
import { BinaryKind } from "./binary-kinds.ts";
import {
  writeDate,
  writeFloat8,
  writeInt2,
  writeInt32,
  writeInt4,
  writeInt8,
  writeNumeric,
  writeTimestamp,
  writeUuid,
} from "./binary-values.ts";

const TAB = 0x09;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;
const LOWER_T = 0x74;
/** What COPY's binary form begins and ends with. */
export const HEADER: Buffer = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
export const TRAILER: Buffer = Buffer.from([0xff, 0xff]);
const PIECE_BYTES = 256 * 1024;
/** That a value's binary form, with its length, may have more than its text. */
const MORE_BYTES = 24;

/** What COPY's escapes in text stand for, by the character behind the backslash. */
const ESCAPED = new Uint8Array(0x80);
for (const [letter, character] of Object.entries({
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  "\\": "\\",
})) {
  ESCAPED[letter.charCodeAt(0)] = character.charCodeAt(0);
}

/**
 * Rows of COPY text in COPY's binary form, which the server reads in three quarters of the time. The rows have to be plain:
 * each value the canonical text of its type, as `FieldWriter` writes it.
 */
export class BinaryRows implements RowPieces {
  readonly format = "binary";
  readonly #kinds: Uint8Array;
  readonly #rows: EncodedRows;

  constructor(kinds: Uint8Array, rows: EncodedRows) {
    this.#kinds = kinds;
    this.#rows = rows;
  }

  /** Long ones are written to the same memory. */
  *pieces(): Generator<Buffer> {
    const { data, ends } = this.#rows;
    const most = this.#kinds.length * MORE_BYTES + 2;
    let out = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let at = HEADER.copy(out);
    let start = 0;
    for (let row = 0; row < ends.length; row += 1) {
      const end = ends[row]!;
      const needed = end - start + most;
      if (at + needed + TRAILER.length > out.length) {
        yield out.subarray(0, at);
        const fits = needed + TRAILER.length <= out.length;
        if (!fits || at < KEPT_BYTES) out = Buffer.allocUnsafeSlow(fits ? out.length : needed + TRAILER.length);
        at = 0;
      }
      at = writeRow(this.#kinds, data, start, out, at);
      start = end;
    }
    yield out.subarray(0, at + TRAILER.copy(out, at));
  }
}

function writeRow(kinds: Uint8Array, data: Buffer, start: number, out: Buffer, at: number): number {
  const columns = kinds.length;
  out[at++] = columns >> 8;
  out[at++] = columns;
  let from = start;
  for (let column = 0; column < columns; column += 1) {
    const value = at + 4;
    if (data[from] === BACKSLASH && data[from + 1] === UPPER_N) {
      writeInt32(-1, out, at);
      at = value;
      from += 3;
      continue;
    }
    const kind = kinds[column]!;
    if (kind === BinaryKind.text) {
      let to = value;
      for (; ; from += 1) {
        const byte = data[from]!;
        if (byte === TAB || byte === LF) break;
        if (byte === BACKSLASH) out[to++] = ESCAPED[data[(from += 1)]!]!;
        else out[to++] = byte;
      }
      writeInt32(to - value, out, at);
      at = to;
      from += 1;
      continue;
    }
    let end = from;
    while (data[end] !== TAB && data[end] !== LF) end += 1;
    const length = writeValue(kind, data, from, end, out, value);
    writeInt32(length, out, at);
    at = value + length;
    from = end + 1;
  }
  return at;
}

function writeValue(kind: number, data: Buffer, start: number, end: number, out: Buffer, at: number): number {
  switch (kind) {
    case BinaryKind.int2:
      return writeInt2(data, start, end, out, at);
    case BinaryKind.int4:
      return writeInt4(data, start, end, out, at);
    case BinaryKind.int8:
      return writeInt8(data, start, end, out, at);
    case BinaryKind.numeric:
      return writeNumeric(data, start, end, out, at);
    case BinaryKind.float8:
      return writeFloat8(data, start, end, out, at);
    case BinaryKind.boolean:
      out[at] = data[start] === LOWER_T ? 1 : 0;
      return 1;
    case BinaryKind.date:
      return writeDate(data, start, end, out, at);
    case BinaryKind.uuid:
      return writeUuid(data, start, end, out, at);
    default:
      return writeTimestamp(data, start, end, out, at);
  }
}
