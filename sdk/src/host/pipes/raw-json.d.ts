interface JSON {
  /** A piece of JSON that `JSON.stringify` copies as it is (in Node.js since 21, not yet in TypeScript's library). */
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}
