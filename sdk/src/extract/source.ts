import type { SQL } from "drizzle-orm";
import type { Position } from "../record/dead-letter.ts";

/** What a source could not read as a record. */
export interface MalformedRecord {
  readonly code: string;
  readonly reason: string;
  /** The text as it stands in the source, cut at 10,000 characters. */
  readonly raw: string;
  readonly position: Position;
}

/** Some consecutive records of a source, in its order. */
export interface RecordBatch<T> {
  readonly records: readonly T[];
  readonly malformed: readonly MalformedRecord[];
  /** The names that records of this source have, where it says so ahead of them, as a CSV header does. */
  readonly fields?: readonly string[];
  /** Uncompressed bytes read for this batch. */
  readonly bytes: number;
  position(index: number): Position;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Records to leave out from the beginning, malformed ones included: where an interrupted load goes on. */
  readonly skip: number;
}

/** Records that are read into the process, validated and loaded by COPY. */
export interface RecordSource<T> {
  readonly kind: "records";
  /** Where the data is, for lineage and dead letters: a path or URI without secrets. */
  readonly uri: string;
  /** Reading can not stall as a network can: a transaction may stay open while it is read. */
  readonly local: boolean;
  /**
   * Changes whenever the source's content may have changed.
   * Raises FatalError SOURCE_NOT_FOUND, RetryableError SOURCE_UNREADABLE.
   */
  fingerprint(): Promise<string>;
  open(options: OpenOptions): AsyncIterable<RecordBatch<T>>;
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
