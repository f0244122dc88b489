import type { RecordOrigins } from "../extract/source.ts";
import type { Position } from "../record/dead-letter.ts";

/** A record of the source: what became a row. */
export interface RowOrigin {
  readonly record: unknown;
  readonly position: Position;
  /** See `DeadLetter`. */
  readonly typed?: boolean | undefined;
}

/** Which record each row of a chunk was made of, at four bytes a row: a record is read again only when it is asked for. */
export class RowOrigins {
  readonly #batches: { readonly firstRow: number; readonly origins: RecordOrigins }[] = [];
  readonly #typed: boolean | undefined;
  #indexes: Int32Array;
  #rows = 0;

  /** With room for so many rows, and more where they come. */
  constructor(typed: boolean | undefined, rows = 1024) {
    this.#typed = typed;
    this.#indexes = new Int32Array(rows);
  }

  /** The rows added from here on are from this batch. */
  startBatch(origins: RecordOrigins): void {
    if (this.#batches.at(-1)?.firstRow === this.#rows) this.#batches.pop();
    this.#batches.push({ firstRow: this.#rows, origins });
  }

  /** The next row is of the record with this index in its batch. */
  add(index: number): void {
    if (this.#rows === this.#indexes.length) {
      const grown = new Int32Array(this.#rows * 2);
      grown.set(this.#indexes);
      this.#indexes = grown;
    }
    this.#indexes[this.#rows] = index;
    this.#rows += 1;
  }

  of(row: number): RowOrigin {
    const { origins } = this.#batches.findLast(({ firstRow }) => firstRow <= row)!;
    const index = this.#indexes[row]!;
    return { record: origins.record(index), position: origins.position(index), typed: this.#typed };
  }

  /** For the rows of the next chunk, which begin in the batch that this one ended in. */
  next(): RowOrigins {
    const next = new RowOrigins(this.#typed, this.#indexes.length);
    const batch = this.#batches.at(-1);
    if (batch !== undefined) next.startBatch(batch.origins);
    return next;
  }
}
