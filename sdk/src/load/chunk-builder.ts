import { noCounts, type Counts } from "../record/counts.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import type { Chunk } from "./loader.ts";
import { RowBuffer } from "./row-buffer.ts";

export interface ChunkLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Collects encoded rows and dead letters until they are enough for a chunk. */
export class ChunkBuilder {
  #number = 0;
  #rows: RowBuffer;
  #deadLetters: DeadLetter[] = [];
  #counts: Counts = noCounts();
  #position: number;
  readonly #limits: ChunkLimits;

  constructor(limits: ChunkLimits, position: number) {
    this.#limits = limits;
    this.#rows = new RowBuffer(limits.maxBytes);
    this.#position = position;
  }

  /** Where rows are written; each one that is there is counted by `countRow`. */
  get rows(): RowBuffer {
    return this.#rows;
  }

  countRow(): void {
    this.#take();
  }

  addDeadLetter(letter: DeadLetter): void {
    this.#deadLetters.push(letter);
    this.#counts.rejected += 1;
    this.#take();
  }

  addFiltered(): void {
    this.#counts.filtered += 1;
    this.#take();
  }

  get empty(): boolean {
    return this.#counts.read === 0;
  }

  /** True where `records` more would be too many, or the rows are too many bytes already. */
  isFull(records: number): boolean {
    return this.#rows.length >= this.#limits.maxBytes || this.#counts.read + records > this.#limits.maxRows;
  }

  /** What was collected, as the next chunk, or the last. */
  take(last: boolean): Chunk {
    const chunk: Chunk = {
      number: this.#number,
      content: { kind: "encoded", ...this.#rows.take(), rows: this.#rows.rows },
      deadLetters: this.#deadLetters,
      counts: this.#counts,
      position: this.#position,
      last,
    };
    this.#number += 1;
    this.#rows = new RowBuffer(last ? 0 : this.#limits.maxBytes);
    this.#deadLetters = [];
    this.#counts = noCounts();
    return chunk;
  }

  #take(): void {
    this.#counts.read += 1;
    this.#position += 1;
  }
}
