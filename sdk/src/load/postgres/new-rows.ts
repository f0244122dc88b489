import type { Chunk } from "../loader.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";

const UNIQUE_VIOLATION = "23505";

/**
 * Copies chunks straight into the target while their keys are new to it, as in an empty table or one that only grows:
 * that takes the server half of what staging and merging do. A chunk in which a key is known after all is merged.
 */
export class NewRows {
  readonly #session: LoadSession;
  #expected: boolean | undefined;

  constructor(session: LoadSession) {
    this.#session = session;
  }

  /** Looks, once, whether the target is empty. */
  async prepare({ client }: Lane): Promise<void> {
    if (this.#expected !== undefined) return;
    const { rows } = await client.query<{ some: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM ${this.#session.target}) AS some`,
    );
    this.#expected = !rows[0]!.some;
  }

  /** Whether it is worth trying with the next chunk. */
  get expected(): boolean {
    return this.#expected === true;
  }

  /** Copies the chunk into the target; null, and nothing is copied, where a key of it is there already or comes twice. */
  async copy(lane: Lane, chunk: Chunk): Promise<number | null> {
    await lane.client.query("SAVEPOINT millrace_new_rows");
    try {
      const copied = await lane.put(chunk, this.#session.target);
      await lane.client.query("RELEASE SAVEPOINT millrace_new_rows");
      return copied;
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      await lane.client.query("ROLLBACK TO SAVEPOINT millrace_new_rows");
      return null;
    }
  }

  /** Takes from a merged chunk whether the next one's keys are likely to be new. */
  learn(inserted: number, rows: number): void {
    if (rows > 0) this.#expected = inserted === rows;
  }
}
