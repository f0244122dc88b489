/** Where a record stood in its source: what a person needs to find it again. */
export interface Position {
  /** File path or URI of the source. */
  readonly source: string;
  /** Line on which the record begins, from 1; null where the source has no lines. */
  readonly line: number | null;
  /** Offset in bytes of the record in the uncompressed source, from 0; null where it has none. */
  readonly byteOffset: number | null;
}

/** Why a record was not loaded. */
export interface Rejection {
  /** A short constant such as `SCHEMA`, `NOT_NULL`, `CSV_FIELDS`; the operator's own rejects are `REJECTED` unless it says otherwise. */
  readonly code: string;
  readonly reason: string;
  /** The field at fault, where it is one. */
  readonly field: string | null;
}

/** A record that was put aside, with why, what it was and where it stood. */
export interface DeadLetter extends Rejection {
  /** The record as the source gave it, or a `RecordJson` of it; text where it could not be read as a record. */
  readonly record: unknown;
  readonly position: Position;
  /** Whether the record's values have types of their own: see `RecordSource`. Not given where it is no record of a source. */
  readonly typed?: boolean | undefined;
}
