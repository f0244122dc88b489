import type { Chunk } from "../loader.ts";
import type { RowOrigin } from "../row-origins.ts";
import type { RefusedRow } from "./refused/careful-merge.ts";

/** A way to read the source once more. */
export interface Again {
  readonly uri: string;
  /** The same chunks, from the first; none where the source is not the same any more. */
  chunks(): AsyncIterable<Chunk>;
}

/**
 * Which records the rows of a stage were made of. Nothing is kept but how many there are of each chunk: to answer, the
 * source is read once more.
 */
export class StagedOrigins {
  readonly #again: Again | null;
  /** Of each chunk the staged rows, by their numbers; null where that is all of them. */
  readonly #chunks: { readonly first: number; readonly count: number; readonly rows: readonly number[] | null }[] = [];
  #count = 0;

  constructor(again: Again | null) {
    this.#again = again;
  }

  get count(): number {
    return this.#count;
  }

  add(count: number, rows: readonly number[] | null = null): void {
    this.#chunks.push({ first: this.#count, count, rows });
    this.#count += count;
  }

  /** The records of rows that ascend; the rows themselves where the source can not be read again. */
  async of(refused: readonly RefusedRow[]): Promise<RowOrigin[]> {
    const origins: RowOrigin[] = [];
    for await (const { number, content } of refused.length > 0 && this.#again ? this.#again.chunks() : []) {
      const chunk = this.#chunks[number];
      if (chunk === undefined || content.kind === "query") break;
      while (origins.length < refused.length && refused[origins.length]!.row < chunk.first + chunk.count) {
        const at = refused[origins.length]!.row - chunk.first;
        origins.push(content.origins.of(chunk.rows?.[at] ?? at));
      }
      if (origins.length === refused.length) break;
    }
    const source = this.#again?.uri ?? "query";
    const unread = refused
      .slice(origins.length)
      .map(({ record }) => ({ record, position: { source, line: null, byteOffset: null } }));
    return [...origins, ...unread];
  }
}
