import { noCounts, type Counts } from "../../../record/counts.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { addChunkCounts, type Chunk } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import type { Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import type { TableBuild } from "./table-build.ts";

/**
 * A new table that is filled in one transaction, which holds no lock that others care for. Its rows are frozen: a transaction
 * that began before would else see an empty table once it has the old one's name.
 */
export class FrozenTable {
  readonly counts: Counts = noCounts();
  readonly deadLetters: readonly DeadLetter[] = [];
  readonly #session: LoadSession;
  readonly #lane: Lane;
  readonly #build: TableBuild;

  private constructor(session: LoadSession, lane: Lane, build: TableBuild) {
    this.#session = session;
    this.#lane = lane;
    this.#build = build;
  }

  static async begin(session: LoadSession, lane: Lane, build: TableBuild): Promise<FrozenTable> {
    await lane.begin();
    await lane.client.query(`TRUNCATE ${build.next.quoted}`); // what this transaction has emptied may be filled with frozen rows
    return new FrozenTable(session, lane, build);
  }

  async put(chunk: Chunk): Promise<void> {
    const { content } = chunk;
    const table = this.#build.next.quoted;
    let rows = 0;
    if (content.kind === "query") rows = await this.#lane.put(chunk, table);
    else if (content.rows > 0)
      rows = await copyRows(this.#lane.client, `${table} (${this.#session.columnList})`, this.#lane.sendable(content), {
        freeze: true,
      });
    addChunkCounts(this.counts, chunk, rows);
    this.counts.inserted += rows;
  }

  async complete(): Promise<void> {
    const { next } = this.#build;
    const { client } = this.#lane;
    await next.createIndexes(client);
    await client.query(`ANALYZE ${next.quoted}`);
    await client.query("COMMIT");
    await next.createForeignKeys(client);
  }
}
