import { isAscii } from "node:buffer";
import type { ColumnValue } from "./column-values.ts";

/** The values of a page that are not null, made one after the other. */
export interface PageValues {
  /** Adds the next ones to `out`. */
  read(count: number, out: unknown[]): void;
  skip(count: number): void;
}

abstract class InOrder implements PageValues {
  protected at = 0;

  abstract read(count: number, out: unknown[]): void;

  skip(count: number): void {
    this.at += count;
  }
}

/** Values as the reader gives them. */
export class StoredValues extends InOrder {
  readonly #stored: ArrayLike<unknown>;
  readonly #make: ColumnValue;

  constructor(stored: ArrayLike<unknown>, make: ColumnValue) {
    super();
    this.#stored = stored;
    this.#make = make;
  }

  read(count: number, out: unknown[]): void {
    const stored = this.#stored;
    const make = this.#make;
    const to = this.at + count;
    if (to > stored.length) throw new Error(`a page has ${stored.length} values and not ${to}`);
    for (let at = this.at; at < to; at += 1) out.push(make(stored[at]));
    this.at = to;
  }
}

/** Of 64 bits each, of which text is made: without a bigint in between where a double holds them. */
export class WideValues extends InOrder {
  readonly #stored: BigInt64Array;
  /** In each pair the lower half comes first, as in the file. */
  readonly #halves: Int32Array;
  readonly #make: ColumnValue;

  constructor(stored: BigInt64Array, make: ColumnValue) {
    super();
    this.#stored = stored;
    this.#halves = new Int32Array(stored.buffer, stored.byteOffset, stored.length * 2);
    this.#make = make;
  }

  read(count: number, out: unknown[]): void {
    const halves = this.#halves;
    const make = this.#make;
    const to = this.at + count;
    if (to > this.#stored.length) throw new Error(`a page has ${this.#stored.length} values and not ${to}`);
    for (let at = this.at; at < to; at += 1) {
      const number = halves[at * 2 + 1]! * 4_294_967_296 + (halves[at * 2]! >>> 0);
      out.push(make(Number.isSafeInteger(number) ? number : this.#stored[at]));
    }
    this.at = to;
  }
}

/** Values that are made already, by their numbers in the dictionary. */
export class DictionaryValues extends InOrder {
  readonly #dictionary: readonly unknown[];
  readonly #numbers: Int32Array;

  constructor(dictionary: readonly unknown[], numbers: Int32Array) {
    super();
    this.#dictionary = dictionary;
    this.#numbers = numbers;
  }

  read(count: number, out: unknown[]): void {
    const dictionary = this.#dictionary;
    const to = this.at + count;
    for (let at = this.at; at < to; at += 1) {
      const number = this.#numbers[at];
      if (number === undefined || number < 0 || number >= dictionary.length)
        throw new Error(`a dictionary of ${dictionary.length} values has no number ${number}`);
      out.push(dictionary[number]);
    }
    this.at = to;
  }
}

export interface TextValuesOptions {
  /** Each text behind its length in four bytes. */
  readonly bytes: Buffer;
  readonly make: ColumnValue;
  /** For text that is not UTF-8. */
  readonly text: (bytes: Uint8Array) => unknown;
}

/** Beyond it a page is not made one string. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Texts. In ASCII, which most pages are, bytes and characters have the same offsets: one string is made, and cut. */
export class TextValues implements PageValues {
  readonly #options: TextValuesOptions;
  readonly #whole: string | null;
  #at = 0;

  constructor(options: TextValuesOptions) {
    const { bytes } = options;
    this.#options = options;
    this.#whole = bytes.length <= MAX_WHOLE_BYTES && isAscii(bytes) ? bytes.toString("latin1") : null;
  }

  read(count: number, out: unknown[]): void {
    const { bytes, make } = this.#options;
    const whole = this.#whole;
    for (let left = count; left > 0; left -= 1) {
      const start = this.#at + LENGTH_BYTES;
      const end = this.#end();
      out.push(make(whole === null ? this.#decoded(bytes, start, end) : whole.substring(start, end)));
      this.#at = end;
    }
  }

  skip(count: number): void {
    for (let left = count; left > 0; left -= 1) this.#at = this.#end();
  }

  #end(): number {
    const { bytes } = this.#options;
    const end = this.#at + LENGTH_BYTES + bytes.readUInt32LE(this.#at);
    if (end > bytes.length) throw new Error(`a text ends ${end - bytes.length} bytes behind its page`);
    return end;
  }

  #decoded(bytes: Buffer, start: number, end: number): unknown {
    const text = bytes.toString("utf8", start, end);
    return text.includes("\uFFFD") ? this.#options.text(bytes.subarray(start, end)) : text;
  }
}
