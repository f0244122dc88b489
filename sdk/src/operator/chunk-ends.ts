import type { RecordSource } from "../extract/source.ts";
import type { Json } from "../host/host.ts";
import type { ChunkBuilder } from "../load/chunk-builder.ts";

/** Keeps chunks of a source with a cursor from ending where no later run could go on. */
export class ChunkEnds {
  readonly #source: RecordSource<unknown>;
  readonly #builder: ChunkBuilder;
  readonly #byCursor: boolean;

  constructor(source: RecordSource<unknown>, builder: ChunkBuilder) {
    this.#source = source;
    this.#builder = builder;
    this.#byCursor = source.resumes === "cursor";
  }

  /** Records that the source leaves out of its beginning, of those that were committed. */
  skip(position: number): number {
    return this.#byCursor ? 0 : position;
  }

  /** To be called behind each batch with its cursor. Raises TypeError for one of a source that does not resume by it. */
  endBatch(cursor: Json | undefined): void {
    if (cursor === undefined) return;
    if (!this.#byCursor) throw new TypeError(`${this.#source.uri} gives a cursor without \`resumes: "cursor"\``);
    this.#builder.endBatch(cursor);
  }

  /** Whether a chunk of what was added so far, and no more, can be committed. */
  get mayEnd(): boolean {
    return !this.#byCursor || this.#builder.covered;
  }

  /** To be called at the source's end. Raises TypeError where the next run would give the last records once more. */
  endSource(): void {
    if (this.mayEnd || this.#source.repeats === true) return;
    throw new TypeError(`${this.#source.uri} gives records behind its last cursor: the next run would give them again`);
  }
}
