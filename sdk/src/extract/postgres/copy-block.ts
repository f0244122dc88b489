import { isUtf8 } from "node:buffer";
import type { Json } from "../../host/host.ts";
import type { Position } from "../../record/dead-letter.ts";
import { FieldForm } from "../csv/row-tables.ts";
import type { FieldBlock, LineBlock, RecordBatch, RecordOrigins } from "../source.ts";
import { decodeLine } from "./copy-lines.ts";
import type { CopiedRows } from "./copy-out.ts";

/** A record of a PostgreSQL source: its columns' names with the values as PostgreSQL writes them, times in UTC. */
export type PostgresRecord = Record<string, string | null>;

export interface CopyBlockOptions {
  readonly rows: CopiedRows;
  readonly names: readonly string[];
  /** Where the rows are from, without secrets. */
  readonly uri: string;
  readonly cursor: Json | undefined;
}

/** Some rows of a COPY, as lines and as records. */
export class CopyBlock implements LineBlock {
  readonly bytes: Buffer;
  readonly rowCount: number;
  readonly ends: Int32Array;
  readonly names: readonly string[];
  readonly cursor?: Json;
  readonly #at: Position;

  constructor({ rows, names, uri, cursor }: CopyBlockOptions) {
    this.bytes = rows.bytes;
    this.rowCount = rows.rowCount;
    this.ends = rows.ends;
    this.names = names;
    this.#at = { source: uri, line: null, byteOffset: null };
    if (cursor !== undefined) this.cursor = cursor;
  }

  get bytesRead(): number {
    return this.bytes.length;
  }

  startOf(row: number): number {
    return row === 0 ? 0 : this.ends[row - 1]!;
  }

  record(row: number): PostgresRecord {
    const values = decodeLine(this.bytes, this.startOf(row), this.ends[row]!);
    return Object.fromEntries(this.names.map((name, index) => [name, values[index]!]));
  }

  /** A row of a table has no line: its key says which it is. */
  position(): Position {
    return this.#at;
  }

  origins(): RecordOrigins {
    return { position: () => this.#at, record: (index) => this.record(index) };
  }

  /** The rows as records. */
  batch(): RecordBatch<PostgresRecord> {
    return {
      records: Array.from({ length: this.rowCount }, (_, row) => this.record(row)),
      malformed: [],
      fields: this.names,
      bytes: this.bytesRead,
      ...(this.cursor !== undefined && { cursor: this.cursor }),
      position: () => this.#at,
      origins: () => this.origins(),
    };
  }

  /** The rows as fields. */
  fields(): FieldBlock {
    const { bytes, names, rowCount, bytesRead, cursor } = this;
    const width = names.length;
    const starts = new Int32Array(rowCount * width);
    const ends = new Int32Array(rowCount * width);
    const forms = new Int32Array(rowCount * width);
    const rows = Int32Array.from({ length: rowCount + 1 }, (_, row) => row * width);
    findFields(bytes, { starts, ends, forms });
    return {
      names,
      bytes,
      wellFormed: isUtf8(bytes),
      firstRow: 0,
      rowCount,
      rows,
      starts,
      ends,
      forms,
      nulls: [NULL],
      bytesRead,
      ...(cursor !== undefined && { cursor }),
      record: (row) => this.record(row),
      position: () => this.#at,
      origins: () => this.origins(),
    };
  }
}

const NULL = Buffer.from("\\N");
const TAB = 0x09;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;

interface Fields {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly forms: Int32Array;
}

/** A field with an escape in it is marked as broken: it takes the way over the record. */
function findFields(bytes: Buffer, { starts, ends, forms }: Fields): void {
  const { length } = bytes;
  let field = 0;
  let start = 0;
  let form: number = FieldForm.bare;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH) {
      if (bytes[at + 1] !== UPPER_N) form = FieldForm.broken;
      at += 1;
    } else if (byte === TAB || byte === LF) {
      starts[field] = start;
      ends[field] = at;
      forms[field] = form;
      field += 1;
      start = at + 1;
      form = FieldForm.bare;
    }
  }
}
