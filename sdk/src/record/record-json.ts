import { shownJson, valueTypes } from "./value-types.ts";

/**
 * A record that is no row, as the JSON that is kept of it: one text, where the record's many parts would have to be carried along
 * until they are committed. What JSON does not have is text in it, and `types` say what it was.
 */
export class RecordJson {
  readonly json: string;
  /** JSON of the record's `ValueTypes`; null where JSON has them all. */
  readonly types: string | null;

  constructor(record: unknown) {
    const types = valueTypes(record);
    this.types = types === null ? null : JSON.stringify(types);
    this.json = types === null ? plainJson(record) : shownJson(record ?? null);
  }
}

function plainJson(record: unknown): string {
  try {
    return JSON.stringify(record);
  } catch (error) {
    // What says itself what it is in JSON may say it with a bigint.
    if (!(error instanceof TypeError)) throw error;
    return shownJson(record);
  }
}
