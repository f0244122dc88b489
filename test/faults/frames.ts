/** A message of PostgreSQL's protocol, as far as it lies in some bytes: from `start` to before `end`. */
export interface Frame {
  /** Its letter; empty for the first message of a connection, which has none. */
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The SQL of a simple query that lies wholly in some bytes; null for anything else. */
export function queryOf(bytes: Buffer, { type, start, end }: Frame): string | null {
  return type === "Q" ? bytes.toString("utf8", start + 5, end - 1) : null;
}

/** The SQL that is to be parsed by a message that lies wholly in some bytes; null for anything else. */
export function parsedOf(bytes: Buffer, { type, start }: Frame): string | null {
  if (type !== "P") return null;
  const nameEnds = bytes.indexOf(0, start + 5);
  return bytes.toString("utf8", nameEnds + 1, bytes.indexOf(0, nameEnds + 1));
}

/** Finds where a client's messages begin in a stream of bytes; each is told once, with the bytes that hold its length. */
export class FrameReader {
  /** Bytes of the current message that are still to come. */
  #left = 0;
  #header = Buffer.alloc(0);
  #first = true;

  read(bytes: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const typed = this.#first ? 0 : 1;
      const start = at;
      const wanted = 4 + typed - this.#header.length;
      this.#header = Buffer.concat([this.#header, bytes.subarray(at, at + wanted)]);
      at += Math.min(wanted, bytes.length - at);
      if (this.#header.length < 4 + typed) break;
      const type = this.#first ? "" : String.fromCharCode(this.#header[0]!);
      this.#left = this.#header.readInt32BE(typed) - 4;
      this.#header = Buffer.alloc(0);
      this.#first = false;
      frames.push({ type, start, end: Math.min(at + this.#left, bytes.length) });
    }
    return frames;
  }
}
