import { noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk } from "../loader.ts";
import { copySteps } from "./insert-rows.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulLoad, type CarefullyLoaded } from "./refused/careful-load.ts";
import type { Refusal } from "./refused/refusal.ts";
import { copyWithinSavepoint } from "./refused/savepoint.ts";

/** Rows that go straight into a target that has none, all in one transaction. */
export class DirectRows {
  readonly #lane: Lane;
  readonly #into: string;
  readonly #careful: CarefulLoad;

  constructor(session: LoadSession, lane: Lane) {
    this.#lane = lane;
    this.#into = `${session.target} (${session.columnList})`;
    this.#careful = new CarefulLoad(session, copySteps(session));
  }

  /** A chunk costs a savepoint more, so that one that is refused does not take the others with it. */
  async put(chunk: Chunk): Promise<CarefullyLoaded> {
    const turn = async () => {};
    let refusal: Refusal | null = null;
    if (!this.#careful.expected) {
      const { content } = chunk;
      if (content.kind === "query") throw new TypeError("what the server computes is not read from a source");
      const copied =
        content.rows === 0 ? 0 : await copyWithinSavepoint(this.#lane.client, this.#into, this.#lane.sendable(content));
      if (typeof copied === "number") {
        const counts = noCounts();
        addChunkCounts(counts, chunk, content.rows);
        counts.inserted += copied;
        return { counts, refused: new Set(), deadLetters: [] };
      }
      refusal = copied;
    }
    await this.#careful.prepare(this.#lane);
    return await this.#careful.load(this.#lane, chunk, { turn, refusal });
  }
}
