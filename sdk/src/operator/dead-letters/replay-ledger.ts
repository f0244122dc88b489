import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { FatalError, RetryableError } from "../../errors/millrace-error.ts";
import type { Commit } from "../../load/loader.ts";
import { accounted, addCounts, noCounts, type Counts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { storable } from "../../load/postgres/dead-letter-writer.ts";
import { LetterPosition } from "./letter-source.ts";

/** Says in each transaction of a replay what became of the dead letters whose rows are committed with it. */
export class ReplayLedger {
  /** All outcomes of the committed transactions. */
  readonly counts: Counts = noCounts();
  readonly #runId: string;
  /** Letters that have been read and are not committed yet, in their order. */
  #pending: string[] = [];
  #position = 0;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** To be called for each letter in the order in which they are read. */
  read(id: string): void {
    this.#pending.push(id);
  }

  /**
   * Within the transaction: those that loaded, or that the operator leaves out, are replayed; the others stay open with
   * their new reason. Raises RetryableError REPLAY_CONFLICT where another has dealt with one of them.
   */
  async record(client: pg.Client, commit: Commit): Promise<void> {
    const letters = this.#pending.slice(0, commit.position - this.#position);
    const rejected = new Map(commit.deadLetters.map((letter) => [letterId(letter), letter]));
    const replayed = letters.filter((id) => !rejected.has(id));
    const marked = await client.query(
      `UPDATE millrace.dead_letters SET status = 'replayed', replayed_at = now(), replayed_run_id = $2
       WHERE id = ANY($1::bigint[]) AND status = 'open'`,
      [replayed, this.#runId],
    );
    const failed = [...rejected.values()];
    const kept = await client.query(
      `UPDATE millrace.dead_letters letter SET code = again.code, reason = again.reason, field = again.field
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS again (id, code, reason, field)
       WHERE letter.id = again.id AND letter.status = 'open'`,
      [
        [...rejected.keys()],
        failed.map(({ code }) => code),
        failed.map(({ reason }) => storable(reason)),
        failed.map(({ field }) => field),
      ],
    );
    if ((marked.rowCount ?? 0) + (kept.rowCount ?? 0) !== letters.length) {
      throw new RetryableError(
        "REPLAY_CONFLICT",
        "Dead letters that are being replayed were dealt with by another run; nothing of this chunk was committed",
        {
          fix: "Replay again: what is open then is still to be done",
        },
      );
    }
    await this.#recordCounts(client, commit);
  }

  /** Whether what `record` wrote for this commit is there. */
  async isRecorded(client: pg.Client, commit: Commit): Promise<boolean> {
    const counts = { ...this.counts };
    addCounts(counts, commit.counts);
    const { rows } = await client.query<{ counts: Counts; status: string }>(
      "SELECT counts, status FROM millrace.runs WHERE id = $1",
      [this.#runId],
    );
    return rows[0]?.status === (commit.finished ? "finished" : "running") && isDeepStrictEqual(rows[0].counts, counts);
  }

  /** Once the transaction is committed. */
  committed({ counts, position }: Commit): void {
    addCounts(this.counts, counts);
    this.#pending = this.#pending.slice(position - this.#position);
    this.#position = position;
  }

  async #recordCounts(client: pg.Client, commit: Commit): Promise<void> {
    const counts = { ...this.counts };
    addCounts(counts, commit.counts);
    if (accounted(counts) !== counts.read) {
      throw new FatalError(
        "ACCOUNTS",
        `${counts.read} dead letters were read and ${accounted(counts)} accounted for; nothing of this was committed`,
        {
          details: { counts },
        },
      );
    }
    await client.query(
      `UPDATE millrace.runs SET counts = $2, status = CASE WHEN $3 THEN 'finished' ELSE status END, ended_at = CASE WHEN $3 THEN clock_timestamp() END
       WHERE id = $1`,
      [this.#runId, counts, commit.finished],
    );
  }
}

function letterId({ position }: DeadLetter): string {
  if (position instanceof LetterPosition) return position.letterId;
  throw new FatalError("ACCOUNTS", "A rejected record is none of the dead letters that were read");
}
