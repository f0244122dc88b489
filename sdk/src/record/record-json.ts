import { shownJson, valueTypes } from "./value-types.ts";

/** A record that is no row, as the JSON that is kept of it. What JSON does not have is text in it, and `types` say what it was. */
export class RecordJson {
  /** UTF-8 from `start` to `end`: never written to again. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** JSON of the record's `ValueTypes`; null where JSON has them all. */
  readonly types: string | null;

  constructor(
    bytes: Buffer,
    {
      start = 0,
      end = bytes.length,
      types = null,
    }: { readonly start?: number; readonly end?: number; readonly types?: string | null } = {},
  ) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.types = types;
  }

  static of(record: unknown): RecordJson {
    if (record instanceof RecordJson) return record;
    const { json, types } = jsonOf(record);
    return new RecordJson(Buffer.from(json), { types });
  }
}

const PIECE_BYTES = 64 * 1024;

/**
 * Writes JSON into memory outside of the JavaScript heap: there may be many records that are no rows, and all of them are carried
 * along until they are committed.
 */
export class RecordJsonWriter {
  /** Written up to `length`; who writes here itself calls `reserve` before and `end` after. */
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  /** Makes room for so many bytes. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes));
    this.length = 0;
  }

  /** What has been written up to `end`. */
  end(end: number, types: string | null = null): RecordJson {
    const json = new RecordJson(this.bytes, { start: this.length, end, types });
    this.length = end;
    return json;
  }

  add(record: unknown): RecordJson {
    if (record instanceof RecordJson) return record;
    const { json, types } = jsonOf(record);
    this.reserve(json.length * 3);
    return this.end(this.length + this.bytes.write(json, this.length), types);
  }
}

function jsonOf(record: unknown): { readonly json: string; readonly types: string | null } {
  const types = valueTypes(record);
  return types === null
    ? { json: plainJson(record), types }
    : { json: shownJson(record ?? null), types: JSON.stringify(types) };
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
