import type { Json } from "../host/host.ts";
import { addCounts, type Counts } from "../record/counts.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import type { EncodedRows } from "./row-buffer.ts";
import type { RowOrigins } from "./row-origins.ts";

/** Rows to be loaded together, with what became of the records that are no rows. */
export interface Chunk {
  /** From 0 within the attempt. */
  readonly number: number;
  readonly content: ChunkContent;
  readonly deadLetters: readonly DeadLetter[];
  /** What is known before the database has seen the rows: read, filtered, rejected. */
  readonly counts: Counts;
  /** Records of the source up to the end of this chunk: where a retry goes on. */
  readonly position: number;
  /** Where a later run goes on behind this chunk; null where the source has no such cursor. */
  readonly cursor: Json | null;
  /** Nothing comes after it. */
  readonly last: boolean;
  /**
   * Gives the memory of its rows back, to be written over by a later chunk. To be called once, where the server has taken
   * them for good; one that is not given back is garbage some day.
   */
  release?(): void;
}

type ChunkContent =
  /** Rows in the target's own encoding, in the source's order. */
  | EncodedContent
  /** A SELECT that the server runs; its rows are counted as read when it has run. */
  | { readonly kind: "query"; readonly sql: string; readonly values: readonly unknown[] };

export interface EncodedContent extends EncodedRows {
  readonly kind: "encoded";
  readonly rows: number;
  readonly origins: RowOrigins;
}

/** What a transaction of a load leaves behind, written inside of it. */
export interface Commit {
  /** All outcomes since the last commit. */
  readonly counts: Counts;
  readonly deadLetters: readonly DeadLetter[];
  readonly position: number;
  /** See `Chunk`. */
  readonly cursor: Json | null;
  readonly finished: boolean;
}

/** Loads one partition's rows into one table. */
export interface Loader {
  /** Called once where it is known what rows will come: begins what needs none of them. What that fails with, `load` raises or tries again. */
  prepare(): void;
  /**
   * Takes the next chunk, as soon as there is room for it: it may return before the chunk is committed. Chunks are
   * committed in order. Raises what an earlier chunk failed with.
   */
  load(chunk: Chunk): Promise<void>;
  /** Waits until the last chunk is committed, and with it that the partition is finished. */
  finish(): Promise<void>;
  /** Gives up: waits until nothing of it is under way any more. */
  abandon(): Promise<void>;
}

/** Adds a chunk's own counts to `counts`, given how many rows it turned out to hold. */
export function addChunkCounts(counts: Counts, chunk: Chunk, rows: number): void {
  addCounts(counts, chunk.counts);
  if (chunk.content.kind === "query") counts.read += rows;
}
