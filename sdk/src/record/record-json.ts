/**
 * A record that is no row, as the JSON that is kept of it: one text, where the record's many parts would have to be carried along
 * until they are committed. Numbers that JSON's readers would change are text in it, what is undefined is null.
 */
export class RecordJson {
  readonly json: string;

  constructor(record: unknown) {
    this.json = holdsTexts(record) ? JSON.stringify(record) : JSON.stringify(record ?? null, readable);
  }
}

/** As most records do, and nothing else. */
function holdsTexts(record: unknown): boolean {
  if (typeof record !== "object" || record === null) return typeof record === "string";
  return Object.values(record).every((value) => value === null || typeof value === "string");
}

function readable(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return JSON.isRawJSON(value) ? (value as { readonly rawJSON: string }).rawJSON : value;
}
