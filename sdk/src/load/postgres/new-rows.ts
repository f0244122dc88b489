import type { EncodedContent } from "../loader.ts";
import { copyRows } from "./copy.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { waitingOf } from "./waiting-rows.ts";

const UNIQUE_VIOLATION = "23505";
const SAVEPOINT = "millrace_new_rows";

/**
 * Copies chunks straight into the target while their keys are new to it, as in an empty table or one that only grows:
 * that takes the server half of what staging and merging do. A chunk in which a key is known after all is merged.
 */
export class NewRows {
  readonly #session: LoadSession;
  #expected: boolean | undefined;
  #follow = false;

  constructor(session: LoadSession) {
    this.#session = session;
  }

  /** Looks, once, whether the target is empty. */
  async prepare(lane: Lane): Promise<void> {
    if (this.#expected !== undefined) return;
    const { rows } = await lane.client.query<{ some: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM ${this.#session.target}) AS some`,
    );
    this.#expected = !rows[0]!.some;
    this.#follow = (await waitingOf(lane, this.#session.target)) === "earlier";
  }

  /** Whether it is worth trying with the next chunk. */
  get expected(): boolean {
    return this.#expected === true;
  }

  /** Whether a chunk may be copied behind one that is there and not committed yet. */
  get mayFollow(): boolean {
    return this.#follow;
  }

  /** Copies the chunk into the target; null, and nothing is copied, where a key of it is there already or comes twice. */
  async copy(lane: Lane, content: EncodedContent): Promise<number | null> {
    const { target, columnList } = this.#session;
    try {
      return await copyRows(lane.client, `${target} (${columnList})`, lane.sendable(content), { savepoint: SAVEPOINT });
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      await lane.client.query(`ROLLBACK TO ${SAVEPOINT}`);
      return null;
    }
  }

  /** Takes from a merged chunk whether the next one's keys are likely to be new. */
  learn(inserted: number, rows: number): void {
    if (rows > 0) this.#expected = inserted === rows;
  }
}
