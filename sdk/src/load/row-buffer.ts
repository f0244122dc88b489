import { HASH_LENGTH, type RowHash } from "./row-hash.ts";

const LF = 0x0a;

/** Encoded rows, one behind the other, and where each of them ends. */
export interface EncodedRows {
  readonly data: Buffer;
  /** Offset in `data` behind each row. */
  readonly ends: Int32Array;
  /** Each value is the canonical text of its type, in the form that nearly all sources write it in: see `FieldWriter`. */
  readonly plain: boolean;
}

/** Collects encoded rows in memory outside of the JavaScript heap, growing as needed. */
export class RowBuffer {
  /** Written up to `length`; a writer that writes here itself calls `reserve` before and `endRow` after. */
  bytes: Buffer;
  length = 0;
  rows = 0;
  #plain = true;
  #ends: Int32Array;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.#ends = new Int32Array(1024);
  }

  /** Makes room for so many bytes behind what is written. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Adds a row given as text without its newline, and behind it its hash. */
  add(line: string, hash: RowHash | null): void {
    this.reserve(line.length * 3 + HASH_LENGTH + 2);
    const { bytes, length: start } = this;
    let end = start + bytes.write(line, start);
    if (hash !== null) end = hash.append(bytes, start, end);
    bytes[end] = LF;
    this.endRow(end + 1);
  }

  /** Says that a row has been written up to `end`; whether it is plain: see `EncodedRows`. */
  endRow(end: number, plain = false): void {
    if (!plain) this.#plain = false;
    if (this.rows === this.#ends.length) {
      const grown = new Int32Array(this.rows * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.rows] = end;
    this.rows += 1;
    this.length = end;
  }

  /** Forgets the rows: whoever has taken them must not look at them any more. */
  clear(): void {
    this.length = 0;
    this.rows = 0;
    this.#plain = true;
  }

  /** The rows so far; the buffer must not be written to until they are done with. */
  take(): EncodedRows {
    return { data: this.bytes.subarray(0, this.length), ends: this.#ends.subarray(0, this.rows), plain: this.#plain };
  }
}
