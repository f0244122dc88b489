import { noCounts, type Counts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { Chunk, EncodedContent } from "../loader.ts";
import type { Condition } from "./bounds-condition.ts";
import { insertFrom, insertRows } from "./insert-rows.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulMerge, refusedRows, type RefusedRow } from "./refused/careful-merge.ts";
import { CarefulLoad } from "./refused/careful-load.ts";
import { rowsLeft } from "./refused/parts.ts";
import { asRefusal, rejectionOf, type Refusal } from "./refused/refusal.ts";
import { withinSavepoint } from "./refused/savepoint.ts";
import { StagedOrigins, type Again } from "./staged-origins.ts";
import { compareRows, missingTable, writeDifference, type Difference } from "./write-difference.ts";

/** All rows of a load, staged without a transaction around them, so that nothing is held while the source is read. */
export class StagedRows {
  readonly #session: LoadSession;
  readonly #lane: Lane;
  readonly #merge: CarefulMerge;
  readonly #origins: StagedOrigins;
  readonly #careful: CarefulLoad;

  constructor(session: LoadSession, lane: Lane, again: Again | null) {
    const { target, columns, columnList } = session;
    this.#session = session;
    this.#lane = lane;
    this.#merge = new CarefulMerge({ target, columns, columnList, rows: insertRows(session) });
    this.#origins = new StagedOrigins(again);
    this.#careful = new CarefulLoad(session, { stage: (at, chunk) => at.put(chunk, STAGE), merge: async () => {} });
  }

  /** Rows that are staged. */
  get count(): number {
    return this.#origins.count;
  }

  /** Stages a chunk; returns what became of the rows whose values the server does not take. */
  async put(chunk: Chunk): Promise<readonly DeadLetter[]> {
    let refusal: Refusal | null = null;
    if (!this.#careful.expected) {
      try {
        this.#origins.add(await this.#lane.put(chunk, STAGE));
        return [];
      } catch (error) {
        refusal = asRefusal(error);
        if (chunk.content.kind === "query" || refusal === null) throw error;
      }
    }
    return await this.#putCarefully(chunk, refusal);
  }

  async #putCarefully(chunk: Chunk, refusal: Refusal | null): Promise<readonly DeadLetter[]> {
    await this.#lane.begin();
    const { refused, deadLetters } = await this.#careful.load(this.#lane, chunk, { turn: async () => {}, refusal });
    await this.#lane.client.query("COMMIT");
    const rows = rowsLeft(chunk.content as EncodedContent, refused);
    this.#origins.add(rows.length, rows);
    return deadLetters;
  }

  /** Within a transaction: what would make the target's rows those staged. */
  async compare(where: Condition): Promise<Difference> {
    return await compareRows(this.#lane, this.#session, { where, rows: this.count });
  }

  /** Within the same transaction: makes the target's rows those staged; `refused` are those that it does not take. */
  async write(difference: Difference): Promise<{ readonly counts: Counts; readonly refused: readonly RefusedRow[] }> {
    const { client } = this.#lane;
    const counts = noCounts();
    const { unchanged, updated, removed, missing } = await writeDifference(this.#lane, this.#session, difference);
    counts.unchanged += unchanged;
    counts.updated += updated;
    counts.removed += removed;
    if (missing === null) return { counts, refused: [] };
    const refusal = await withinSavepoint(client, async () => {
      counts.inserted += (await client.query(insertFrom(this.#session, missing))).rowCount ?? 0;
    });
    return { counts, refused: refusal === null ? [] : await this.#writeCarefully(missing, counts) };
  }

  async #writeCarefully(missing: string, counts: Counts): Promise<RefusedRow[]> {
    const { client, order, isOrdered } = this.#lane;
    const { columnList } = this.#session;
    const table = await missingTable(this.#lane, this.#session, missing);
    counts.inserted = 0;
    const tried = await this.#merge.merge(client, table, counts);
    return await refusedRows(client, tried, { table, columnList, order, among: isOrdered ? STAGE : table });
  }

  /** The dead letters of refused rows, read from the source once more. */
  async letters(refused: readonly RefusedRow[]): Promise<DeadLetter[]> {
    // Rows that are not in order can not be found again in the source.
    const origins = await (this.#lane.isOrdered ? this.#origins : new StagedOrigins(null)).of(refused);
    return refused.map((row, index) => ({
      ...rejectionOf(row, this.#session.columns, this.#merge.columnsOf(row)),
      ...origins[index]!,
    }));
  }
}
