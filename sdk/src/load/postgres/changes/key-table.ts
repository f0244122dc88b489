/** Numbers the different texts among parts of a buffer, from 0 in the order in which they come. */
export class KeyTable {
  readonly #data: Buffer;
  readonly #mask: number;
  /** Of each place the number of the text there, and 1; 0 where there is none. */
  readonly #places: Int32Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #count = 0;

  /** For at most `texts` of them. */
  constructor(data: Buffer, texts: number) {
    this.#data = data;
    const size = 2 ** Math.ceil(Math.log2(Math.max(1, texts) * 2));
    this.#mask = size - 1;
    this.#places = new Int32Array(size);
    this.#starts = new Int32Array(texts);
    this.#ends = new Int32Array(texts);
  }

  /** The number of the text from `start` to before `end`; the next new one where it has not come yet. */
  numberOf(start: number, end: number): number {
    const places = this.#places;
    for (let place = hash(this.#data, start, end) & this.#mask; ; place = (place + 1) & this.#mask) {
      const number = places[place]! - 1;
      if (number < 0) {
        this.#starts[this.#count] = start;
        this.#ends[this.#count] = end;
        places[place] = this.#count + 1;
        return this.#count++;
      }
      if (this.#isSame(number, start, end)) return number;
    }
  }

  #isSame(number: number, start: number, end: number): boolean {
    const data = this.#data;
    const from = this.#starts[number]!;
    if (this.#ends[number]! - from !== end - start) return false;
    for (let at = start; at < end; at += 1) if (data[at] !== data[from + at - start]) return false;
    return true;
  }
}

/** FNV-1a, with its high bits brought down. */
function hash(data: Buffer, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let at = start; at < end; at += 1) value = Math.imul(value ^ data[at]!, 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
