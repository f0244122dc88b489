import type { Json } from "../host/host.ts";
import { noCounts, type Counts } from "../record/counts.ts";
import type { RecordOrigins } from "../extract/source.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import { RecordJsonWriter } from "../record/record-json.ts";
import type { Chunk } from "./loader.ts";
import { RowBuffer } from "./row-buffer.ts";
import { RowOrigins } from "./row-origins.ts";

/** How much is committed at a time. */
export interface ChunkLimits {
  /** Records, or those that the source gives at a time where that is more. Default 25,000; of changes 250,000. */
  readonly maxRows: number;
  /** Of encoded rows. Default 4 MiB; of changes 16 MiB. */
  readonly maxBytes: number;
}

/** What chunks are made of. */
export interface ChunkRecords {
  /** Records of the source before them. */
  readonly position: number;
  /** Of those that become rows: see `DeadLetter`. */
  readonly typed?: boolean;
}

/** The first chunk may be all there is: memory for a whole one, for each small partition, is what makes the collector run. */
const FIRST_BYTES = 128 * 1024;

/** Collects encoded rows and dead letters until they are enough for a chunk. */
export class ChunkBuilder {
  #number = 0;
  #rows: RowBuffer;
  #origins: RowOrigins;
  #deadLetters: DeadLetter[] = [];
  readonly #json = new RecordJsonWriter();
  #counts: Counts = noCounts();
  #position: number;
  #cursor: Json | null = null;
  /** Records since the last cursor. */
  #uncovered = 0;
  readonly #limits: ChunkLimits;
  /** Of chunks that are done with: memory of this size that is asked for anew each time is what makes the collector run. */
  readonly #spare: RowBuffer[] = [];

  constructor(limits: ChunkLimits, { position, typed }: ChunkRecords) {
    this.#limits = limits;
    this.#origins = new RowOrigins(typed);
    this.#rows = new RowBuffer(Math.min(limits.maxBytes, FIRST_BYTES));
    this.#position = position;
  }

  /** Where rows are written; each one that is there is counted by `countRow`. */
  get rows(): RowBuffer {
    return this.#rows;
  }

  /** All that was added since the last call is of batches behind which a later run goes on at this cursor. */
  endBatch(cursor: Json | undefined): void {
    if (cursor === undefined) return;
    this.#cursor = cursor;
    this.#uncovered = 0;
  }

  /** The rows counted from here on are from this batch. */
  startBatch(origins: RecordOrigins): void {
    this.#origins.startBatch(origins);
  }

  /** Counts a row made of the record with this index in its batch. */
  countRow(index: number): void {
    this.#origins.add(index);
    this.#take();
  }

  /** The row counted last is not quite the record's: texts were repaired. */
  countRepaired(): void {
    this.#counts.repaired += 1;
  }

  addDeadLetter(letter: DeadLetter): void {
    const record = this.#json.add(letter.record);
    this.#deadLetters.push(record === letter.record ? letter : { ...letter, record });
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

  /** The last cursor is behind all that was added. */
  get covered(): boolean {
    return this.#uncovered === 0;
  }

  /** True where `records` more would be too many, or the rows are too many bytes already. */
  isFull(records: number): boolean {
    return this.#rows.length >= this.#limits.maxBytes || this.#counts.read + records > this.#limits.maxRows;
  }

  /** What was collected, as the next chunk, or the last. */
  take(last: boolean): Chunk {
    const rows = this.#rows;
    const chunk: Chunk = {
      number: this.#number,
      content: { kind: "encoded", ...rows.take(), rows: rows.rows, origins: this.#origins },
      deadLetters: this.#deadLetters,
      counts: this.#counts,
      position: this.#position,
      cursor: this.#cursor,
      last,
      release: () => this.#keep(rows),
    };
    this.#number += 1;
    this.#rows = this.#spare.pop() ?? new RowBuffer(last ? 0 : this.#limits.maxBytes);
    this.#origins = this.#origins.next();
    this.#deadLetters = [];
    this.#counts = noCounts();
    return chunk;
  }

  #keep(rows: RowBuffer): void {
    rows.clear();
    this.#spare.push(rows);
  }

  #take(): void {
    this.#counts.read += 1;
    this.#position += 1;
    this.#uncovered += 1;
  }
}
