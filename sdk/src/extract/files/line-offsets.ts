const LF = 0x0a;
const CR = 0x0d;

/**
 * Where lines begin in a source and in the UTF-8 that was made of it: a line break is one in both, so that the one offset
 * tells the other. In no encoding that TextDecoder knows is a byte that looks like one part of another character, but in UTF-16.
 */
export class LineOffsets {
  readonly #wide: "utf-16le" | "utf-16be" | null;
  #source: number[] = [];
  #text: number[] = [0];
  #sourceBytes = 0;
  #textBytes = 0;
  /** The first byte of a code unit whose second one is in the next chunk. */
  #half = -1;

  /** The source's first line begins behind its byte-order mark. */
  constructor(wide: string | null, markBytes: number) {
    this.#wide = wide as "utf-16le" | "utf-16be" | null;
    this.#source.push(markBytes);
  }

  /** Takes note of the next bytes of the source and the text that they became. */
  add(source: Buffer, text: Buffer): void {
    if (this.#wide === null) this.#addBreaks(source);
    else this.#addWideBreaks(source);
    for (let at = 0; at < text.length; at += 1) {
      const byte = text[at];
      if (byte === LF || byte === CR) this.#text.push(this.#textBytes + at + 1);
    }
    this.#sourceBytes += source.length;
    this.#textBytes += text.length;
  }

  /** The offsets in the source of lines that begin at these offsets of the text, which ascend from call to call. */
  inSource(offsets: Float64Array, count: number): Float64Array {
    const found = new Float64Array(count);
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      while (at + 1 < this.#text.length && this.#text[at]! < offsets[index]!) at += 1;
      found[index] = this.#source[at]!;
    }
    this.#source = this.#source.slice(at);
    this.#text = this.#text.slice(at);
    return found;
  }

  #addBreaks(source: Buffer): void {
    for (let at = 0; at < source.length; at += 1) {
      const byte = source[at];
      if (byte === LF || byte === CR) this.#source.push(this.#sourceBytes + at + 1);
    }
  }

  #addWideBreaks(source: Buffer): void {
    for (let at = 0; at < source.length; at += 1) {
      const byte = source[at]!;
      if (this.#half < 0) {
        this.#half = byte;
        continue;
      }
      const unit = this.#wide === "utf-16le" ? (byte << 8) | this.#half : (this.#half << 8) | byte;
      if (unit === LF || unit === CR) this.#source.push(this.#sourceBytes + at + 1);
      this.#half = -1;
    }
  }
}
