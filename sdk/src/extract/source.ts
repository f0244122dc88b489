import type { SQL } from "drizzle-orm";
import type { Json } from "../host/host.ts";
import type { DeadLetter, Position } from "../record/dead-letter.ts";
import type { InvalidUtf8 } from "../record/text-policy.ts";

/** What a source could not read as a record. */
export interface MalformedRecord {
  readonly code: string;
  readonly reason: string;
  /** The text as it stands in the source, cut at 10,000 characters. */
  readonly raw: string;
  readonly position: Position;
}

/** What is kept of a malformed record. */
export function malformedLetter({ code, reason, raw, position }: MalformedRecord): DeadLetter {
  return { code, reason, field: null, record: raw, position };
}

/** The records of a batch for whoever needs one of them later; where they came as bytes, it keeps no more than those. */
export interface RecordOrigins {
  position(index: number): Position;
  /** The record as the source gave it. */
  record(index: number): unknown;
}

/** Some consecutive records of a source, in its order. */
export interface RecordBatch<T> {
  readonly records: readonly T[];
  readonly malformed: readonly MalformedRecord[];
  /** The names that records of this source have, where it says so ahead of them, as a CSV header does. */
  readonly fields?: readonly string[];
  /** Uncompressed bytes read for this batch. */
  readonly bytes: number;
  /**
   * Of a source that `resumes` by it: where a later run goes on behind this batch. It is committed with the batch's rows;
   * without one, the batch and the next are committed together. What it says of numbers and times had better be text.
   */
  readonly cursor?: Json;
  /** Where it is not as the source says: see `RecordSource`. */
  readonly typed?: boolean;
  position(index: number): Position;
  /** For what becomes of the records later; without it the batch itself is kept until they are committed. */
  origins?(): RecordOrigins;
}

/** Some consecutive rows of a source of text fields, still as the bytes that they came in. */
export interface FieldBlock {
  /** The fields' names; the same for all blocks of a source, though perhaps in another order. */
  readonly names: readonly string[];
  readonly bytes: Buffer;
  /** All of it is valid UTF-8. */
  readonly wellFormed: boolean;
  /** Rows from `firstRow` to before `rowCount`; field `f` of row `r` is number `rows[r] + f`, up to before `rows[r + 1]`. */
  readonly firstRow: number;
  readonly rowCount: number;
  readonly rows: Int32Array;
  /** Where each field's content begins and ends in `bytes`, without its quotes. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How each was written: see `FieldForm`. */
  readonly forms: Int32Array;
  /** Contents of a bare field that mean null. */
  readonly nulls: readonly Buffer[];
  /** Uncompressed bytes read for this block. */
  readonly bytesRead: number;
  /** See `RecordBatch`. */
  readonly cursor?: Json;
  /** A row as a record, or why it is none. */
  record(row: number): Readonly<Record<string, string | null>> | Malformed;
  position(row: number): Position;
  /** For what becomes of the rows later; an index is a row's number. */
  origins(): RecordOrigins;
}

/** Consecutive rows of a PostgreSQL source as lines of COPY text, which another PostgreSQL takes as they are. */
export interface LineBlock {
  readonly bytes: Buffer;
  readonly rowCount: number;
  /** Offset in `bytes` behind each row's newline. */
  readonly ends: Int32Array;
  readonly bytesRead: number;
  /** See `RecordBatch`. */
  readonly cursor?: Json;
  record(row: number): Readonly<Record<string, string | null>>;
  /** For what becomes of the rows later; an index is a row's number. */
  origins(): RecordOrigins;
}

interface LineColumn {
  readonly name: string;
  /** As PostgreSQL's `format_type` writes it. */
  readonly sqlType: string;
  readonly notNull: boolean;
}

/** Rows as PostgreSQL itself writes them. */
interface LineSource {
  connect(signal: AbortSignal): Promise<Lines>;
}

/** A source that has been connected to. */
export interface Lines extends AsyncDisposable {
  /** What there is. */
  readonly columns: readonly LineColumn[];
  /** Which of it lines can not do without. */
  readonly needed: readonly string[];
  /** Lines of these columns, in this order; once. */
  open(options: OpenOptions & { readonly names: readonly string[] }): AsyncIterable<LineBlock>;
}

/** Tells a malformed record from one. */
export class Malformed {
  readonly record: MalformedRecord;

  constructor(record: MalformedRecord) {
    this.record = record;
  }
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Records to leave out from the beginning, malformed ones included: where an interrupted load goes on. */
  readonly skip: number;
  /** For a source that resumes by a cursor, the one committed last, by whatever run; null where there is none yet. */
  readonly checkpoint?: Json | null;
  /** Nothing may be made or moved at the source: what is read will not be kept. Default false. */
  readonly dryRun?: boolean;
  /**
   * What becomes of bytes that are no UTF-8: `malformed` (default) makes their record one, `escaped` decodes each such byte
   * to half of a surrogate pair (see `escapedUtf8`), which the operator's text policy replaces or strips.
   */
  readonly invalidUtf8?: InvalidUtf8;
  /** Told by a source that knows its size how much of it has been read. */
  readonly onRead?: (read: SourceRead) => void;
}

/** How much of a source has been read: bytes as they are stored, compressed ones as such. */
export interface SourceRead {
  readonly bytes: number;
  /** Of all that there is to read. */
  readonly totalBytes: number;
}

/** Records that are read into the process, validated and loaded by COPY. */
export interface RecordSource<T> {
  readonly kind: "records";
  /** Where the data is, for lineage and dead letters: a path or URI without secrets. */
  readonly uri: string;
  /** Reading can not stall as a network can: a transaction may stay open while it is read. */
  readonly local: boolean;
  /** Values of records have types of their own, as in JSON; else all are text. Default false. */
  readonly typed?: boolean;
  /**
   * How a run goes on behind what was committed. `position`, the default: the source is the same from its start, and so many
   * records are left out of it. `cursor`: each batch says where to go on; also a run after a finished one begins there, and
   * reads nothing twice.
   */
  readonly resumes?: "position" | "cursor";
  /** With a cursor: a run may still give rows that an earlier one gave, so that they must not be appended. Default false. */
  readonly repeats?: boolean;
  /**
   * Changes whenever the source's content may have changed.
   * Raises FatalError SOURCE_NOT_FOUND, RetryableError SOURCE_UNREADABLE.
   */
  fingerprint(): Promise<string>;
  open(options: OpenOptions): AsyncIterable<RecordBatch<T>>;
  /** Told of the last cursor once all is committed that was read before it. What fails here is logged, and may be done by the next run. */
  committed?(cursor: Json, signal: AbortSignal): Promise<void>;
  /** The same rows as bytes, where the source has them. A block is good until the next one is asked for. */
  openFields?(options: OpenOptions): AsyncIterable<FieldBlock>;
  /** The same rows as lines. */
  readonly lines?: LineSource;
}

/** Rows that the target database computes itself: they never leave the server. */
export interface QuerySource {
  readonly kind: "query";
  /** A SELECT whose columns are named as the target's. */
  readonly query: SQL;
}

export type Source<T> = RecordSource<T> | QuerySource;

/** A SELECT in the target database as the source; its columns are matched to the target's by name. */
export function query(select: SQL): QuerySource {
  return { kind: "query", query: select };
}
