import { noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk } from "../loader.ts";
import { insertRows } from "./insert-rows.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulLoad, type CarefullyLoaded } from "./refused/careful-load.ts";
import { withinSavepoint } from "./refused/savepoint.ts";

/** Rows that go straight into a target that has none, all in one transaction. */
export class DirectRows {
  readonly #session: LoadSession;
  readonly #lane: Lane;
  readonly #careful: CarefulLoad;

  constructor(session: LoadSession, lane: Lane) {
    this.#session = session;
    this.#lane = lane;
    this.#careful = new CarefulLoad(session, insertRows(session));
  }

  /** A chunk costs a savepoint more, so that one that is refused does not take the others with it. */
  async put(chunk: Chunk): Promise<CarefullyLoaded> {
    if (!this.#careful.expected) {
      const counts = noCounts();
      const refusal = await withinSavepoint(this.#lane.client, async () => {
        const put = await this.#lane.put(chunk, this.#session.target);
        counts.inserted += put;
        addChunkCounts(counts, chunk, put);
      });
      if (refusal === null) return { counts, deadLetters: [] };
    }
    await this.#careful.prepare(this.#lane);
    return await this.#careful.load(this.#lane, chunk, async () => {});
  }
}
