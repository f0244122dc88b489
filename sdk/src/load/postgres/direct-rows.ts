import { noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk } from "../loader.ts";
import { copySteps } from "./insert-rows.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulLoad, type CarefullyLoaded, type CarefulSteps } from "./refused/careful-load.ts";
import { loadPart } from "./refused/load-in-parts.ts";
import { rowsLeft } from "./refused/parts.ts";
import type { Refusal } from "./refused/refusal.ts";

/** Rows that go straight into a target that has none, all in one transaction. */
export class DirectRows {
  readonly #lane: Lane;
  readonly #steps: CarefulSteps;
  readonly #careful: CarefulLoad;

  constructor(session: LoadSession, lane: Lane) {
    this.#lane = lane;
    this.#steps = copySteps(session);
    this.#careful = new CarefulLoad(session, this.#steps);
  }

  /** A chunk costs a savepoint more, so that one that is refused does not take the others with it. */
  async put(chunk: Chunk): Promise<CarefullyLoaded> {
    const turn = async () => {};
    let refusal: Refusal | null = null;
    if (!this.#careful.expected) {
      const counts = noCounts();
      const { content } = chunk;
      if (content.kind === "query") throw new TypeError("what the server computes is not read from a source");
      addChunkCounts(counts, chunk, content.rows);
      const rows = rowsLeft(content);
      refusal = await loadPart(this.#lane, rows, { chunk, content, steps: this.#steps, counts, turn });
      if (refusal === null) return { counts, refused: new Set(), deadLetters: [] };
    }
    await this.#careful.prepare(this.#lane);
    return await this.#careful.load(this.#lane, chunk, { turn, refusal });
  }
}
