import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import type { Chunk } from "../../loader.ts";
import { copySteps } from "../insert-rows.ts";
import type { Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import { CarefulLoad } from "../refused/careful-load.ts";
import type { TableBuild } from "./table-build.ts";

/** A new table that checks each row from the start, so that those that the server refuses can be set aside. */
export class CarefulTable {
  readonly counts: Counts = noCounts();
  readonly deadLetters: DeadLetter[] = [];
  readonly #lane: Lane;
  readonly #build: TableBuild;
  readonly #careful: CarefulLoad;

  private constructor(lane: Lane, build: TableBuild, careful: CarefulLoad) {
    this.#lane = lane;
    this.#build = build;
    this.#careful = careful;
  }

  static async begin(session: LoadSession, lane: Lane, build: TableBuild): Promise<CarefulTable> {
    await build.make(true);
    const into = session.into(build.next.quoted);
    const careful = new CarefulLoad(into, copySteps(into));
    await careful.prepare(lane);
    await lane.begin();
    return new CarefulTable(lane, build, careful);
  }

  /** The counts and dead letters of the chunk itself are taken for known. */
  async put(chunk: Chunk): Promise<void> {
    const rows = { ...chunk, counts: noCounts(), deadLetters: [] };
    const { counts, deadLetters } = await this.#careful.load(this.#lane, rows, { turn: async () => {}, refusal: null });
    addCounts(this.counts, counts);
    // The server names the table that it refused the row for, which nobody else knows.
    const { next, old } = this.#build;
    for (const letter of deadLetters)
      this.deadLetters.push({ ...letter, reason: letter.reason.replaceAll(next.name, old.name) });
  }

  async complete(): Promise<void> {
    await this.#lane.client.query(`ANALYZE ${this.#build.next.quoted}`);
    await this.#lane.client.query("COMMIT");
  }
}
