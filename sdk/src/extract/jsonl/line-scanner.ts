const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Lines that are not blank, as places in some bytes. */
export interface LineBlock {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  /** Without the line break. */
  readonly ends: readonly number[];
  /** Number of each line, from 1. */
  readonly lines: readonly number[];
  /** Offset of each line in the stream, in bytes. */
  readonly offsets: Float64Array;
  /** The first line is the beginning of one that is longer than the limit. */
  readonly tooLong: boolean;
  /** The last line ended with the stream, without a line break. */
  readonly unterminated: boolean;
}

interface LongLine {
  readonly start: Buffer;
  readonly line: number;
  readonly offset: number;
}

/** What is kept of a line that is too long, in bytes. */
const KEPT_BYTES = 40_000;

/** Cuts a stream of bytes into lines; none is kept whole that is longer than `maxBytes`. */
export class LineScanner {
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  /** A line that is too long, while its end is looked for. */
  #long: LongLine | null = null;
  /** One whose end has been found. */
  #ended: LongLine | null = null;
  #offset = 0;
  #line = 1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): LineBlock {
    let bytes = chunk;
    if (this.#long !== null) {
      const end = chunk.indexOf(LF);
      this.#offset += end < 0 ? chunk.length : end + 1;
      if (end < 0) return this.#block(Buffer.alloc(0), false);
      this.#line += 1;
      this.#endLong();
      bytes = chunk.subarray(end + 1);
    }
    // Of the rest it is known that no line ends in it.
    const known = this.#rest.length;
    return this.#scan(known === 0 ? bytes : Buffer.concat([this.#rest, bytes]), known);
  }

  end(): LineBlock {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#endLong();
    return this.#block(rest, true);
  }

  #endLong(): void {
    this.#ended = this.#long;
    this.#long = null;
  }

  #scan(bytes: Buffer, known: number): LineBlock {
    const last = bytes.lastIndexOf(LF);
    const complete = last < known ? 0 : last + 1;
    const block = this.#block(bytes.subarray(0, complete), false);
    this.#rest = bytes.subarray(complete);
    if (this.#rest.length > this.#maxBytes) {
      const start = Buffer.from(this.#rest.subarray(0, KEPT_BYTES));
      this.#long = { start, line: this.#line, offset: this.#offset };
      this.#offset += this.#rest.length;
      this.#rest = Buffer.alloc(0);
    }
    return block;
  }

  /** The lines of these bytes, which are whole ones, behind the end of one that was too long. */
  #block(given: Buffer, final: boolean): LineBlock {
    const long = this.#ended;
    this.#ended = null;
    const bytes = long === null ? given : Buffer.concat([long.start, given]);
    const starts: number[] = [];
    const ends: number[] = [];
    const lines: number[] = [];
    const offsets: number[] = [];
    let at = 0;
    if (long !== null) {
      at = long.start.length;
      starts.push(0);
      ends.push(at);
      lines.push(long.line);
      offsets.push(long.offset);
    }
    const shift = this.#offset - at;
    if (this.#offset === 0 && given.subarray(0, 3).equals(BYTE_ORDER_MARK)) at += 3;
    while (at < bytes.length) {
      const found = bytes.indexOf(LF, at);
      const next = found < 0 ? bytes.length : found + 1;
      let end = found < 0 ? bytes.length : found;
      if (end > at && bytes[end - 1] === CR) end -= 1;
      if (!isBlank(bytes, at, end)) {
        starts.push(at);
        ends.push(end);
        lines.push(this.#line);
        offsets.push(shift + at);
      }
      this.#line += 1;
      at = next;
    }
    this.#offset = shift + bytes.length;
    const unterminated = final && given.length > 0 && given.at(-1) !== LF;
    return { bytes, starts, ends, lines, offsets: Float64Array.from(offsets), tooLong: long !== null, unterminated };
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
  return at === end;
}
