import { noCounts, type Counts } from "../../../record/counts.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { addChunkCounts, type Chunk } from "../../loader.ts";
import { STAGE, type Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import { CarefulMerge, refusedRows, type RowsMerge } from "./careful-merge.ts";
import { loadInParts, type PartSteps } from "./load-in-parts.ts";
import { rejectionOf, type Refusal } from "./refusal.ts";
import { stageCarefully, type StagedRows } from "./stage-carefully.ts";

export interface CarefullyLoaded {
  readonly counts: Counts;
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * Loads chunks in which the server refuses rows: those become dead letters, the others are loaded. Where merging is given
 * as SQL the server tells them apart; else parts of the chunk are tried, at several round trips each.
 */
export class CarefulLoad {
  readonly #session: LoadSession;
  readonly #how: CarefulMerge | PartSteps;
  readonly #suspectedColumns = new Set<string>();
  #expected = false;

  constructor(session: LoadSession, how: RowsMerge | PartSteps) {
    const { target, columns, columnList } = session;
    this.#session = session;
    this.#how = "stage" in how ? how : new CarefulMerge({ target, columns, columnList, rows: how });
  }

  /** The last chunk had rows that were refused: the next one had better be loaded so from the start. */
  get expected(): boolean {
    return this.#expected;
  }

  /** Before the transaction. */
  async prepare(lane: Lane): Promise<void> {
    if (this.#how instanceof CarefulMerge) await lane.createStage("DELETE ROWS");
  }

  /** Within the lane's transaction; `turn` is awaited before the target is touched. Raises what a SELECT in place of rows is refused with. */
  async load(lane: Lane, chunk: Chunk, turn: () => Promise<void>): Promise<CarefullyLoaded> {
    const counts = noCounts();
    const how = this.#how;
    const loading = { turn, counts };
    const letters = how instanceof CarefulMerge ? await this.#atOnce(lane, chunk, { ...loading, merge: how }) : await this.#inParts(lane, chunk, { ...loading, steps: how });
    this.#expected = letters.size > 0;
    counts.rejected += letters.size;
    const inOrder = [...letters].toSorted(([a], [b]) => a - b);
    return { counts, deadLetters: inOrder.map(([, letter]) => letter) };
  }

  async #atOnce(lane: Lane, chunk: Chunk, { turn, counts, merge }: Loading & { readonly merge: CarefulMerge }): Promise<Map<number, DeadLetter>> {
    const { client } = lane;
    const { content } = chunk;
    await client.query(`TRUNCATE ${STAGE}`);
    let staged: StagedRows | null = null;
    let count: number;
    if (content.kind === "query") {
      count = await lane.put(chunk, STAGE);
    } else {
      staged = await stageCarefully(client, { content, columns: this.#session.columns, suspected: this.#suspectedColumns });
      count = content.rows;
    }
    await turn();
    addChunkCounts(counts, chunk, count);
    await merge.merge(client, STAGE, counts);
    const letters = new Map<number, DeadLetter>();
    for (const [row, refusal] of staged?.refused ?? []) letters.set(row, this.#letter(chunk, row, refusal));
    for (const refusal of await refusedRows(client, { table: STAGE, columnList: this.#session.columnList, order: "ctid", among: STAGE })) {
      const row = staged === null ? refusal.row : staged.rows[refusal.row]!;
      letters.set(row, this.#letter(chunk, row, refusal));
    }
    return letters;
  }

  async #inParts(lane: Lane, chunk: Chunk, { turn, counts, steps }: Loading & { readonly steps: PartSteps }): Promise<Map<number, DeadLetter>> {
    if (chunk.content.kind === "query") throw new TypeError("only encoded rows come in parts");
    await turn();
    addChunkCounts(counts, chunk, chunk.content.rows);
    const refused = await loadInParts(lane, { chunk, steps, counts });
    return new Map([...refused].map(([row, refusal]) => [row, this.#letter(chunk, row, refusal)]));
  }

  #letter({ content }: Chunk, row: number, refusal: Refusal & { readonly record?: unknown }): DeadLetter {
    const constrained = this.#how instanceof CarefulMerge ? this.#how.columnsOf(refusal) : [];
    const rejection = rejectionOf(refusal, this.#session.columns, constrained);
    return { ...rejection, ...(content.kind === "query" ? { record: refusal.record, position: QUERY } : content.origins.of(row)) };
  }
}

interface Loading {
  readonly turn: () => Promise<void>;
  readonly counts: Counts;
}

/** Rows that the server computed have no other place. */
const QUERY = { source: "query", line: null, byteOffset: null } as const;
