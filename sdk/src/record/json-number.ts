/** A number in JSON with more digits than a JavaScript number keeps: `String(n)` are its digits, JSON.stringify writes it as it was. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
}

/** JSON of values whose numbers keep their digits: bigints are written as they are. */
export function stringifyExact(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The replacer costs several times the plain call, so it is kept for values that do hold a bigint.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? JSON.rawJSON(String(inner)) : inner,
    );
  }
}
