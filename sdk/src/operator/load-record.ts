import { createHash, type Hash } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { FatalError } from "../errors/millrace-error.ts";
import type { Json } from "../host/host.ts";
import type { Chunk, Commit } from "../load/loader.ts";
import { writeDeadLetters } from "../load/postgres/dead-letter-writer.ts";
import { accounted, addCounts, noCounts, type Counts } from "../record/counts.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import { checkEpoch, isRecorded, recordProgress, type Attempt, type StateDatabase } from "../state/ledger.ts";
import type { RunReport } from "../state/tables.ts";
import { RejectReasons, type RejectReason } from "./reject-reasons.ts";
import { checkRejects, type RejectLimits } from "./reject-limits.ts";
import type { Start } from "./resume.ts";

export interface LoadRecordOptions {
  readonly attempt: Attempt;
  readonly start: Exclude<Start, { kind: "already-loaded" }>;
  /** The cursor that was committed last. */
  readonly checkpoint: Json | null;
  readonly limits: RejectLimits;
  readonly fingerprint: string | null;
  /** Whether rows pass through this process, so that their content has a version. */
  readonly versioned: boolean;
  readonly report: (cursor: Json | null) => RunReport;
}

/** What a load knows and writes of itself: outcomes, dead letters, checkpoint and ledger entry, all of them with each commit. */
export class LoadRecord {
  /** Outcomes of what is committed. */
  readonly counts: Counts;
  /** The source's cursor behind what is committed; null where it has none. */
  cursor: Json | null;
  readonly #options: LoadRecordOptions;
  readonly #seen: Counts;
  readonly #uncommitted = new Set<DeadLetter>();
  /** Of the rows so far; null where there is to be no version of them. */
  readonly #hash: Hash | null;
  /** Of what is committed by this attempt. */
  readonly #reasons = new RejectReasons();
  /** Transactions of this attempt that are committed. */
  #commits = 0;

  constructor(options: LoadRecordOptions) {
    const { versioned, start } = options;
    this.#options = options;
    this.#hash = versioned && start.kind === "fresh" ? createHash("sha256") : null;
    this.cursor = options.checkpoint;
    this.counts = options.start.kind === "resume" ? { ...options.start.counts } : noCounts();
    this.#seen = { ...this.counts };
  }

  /** Dead letters that no commit has: of a load that failed they say why. */
  get uncommitted(): readonly DeadLetter[] {
    return [...this.#uncommitted];
  }

  /** Records read, and those of them rejected, of all chunks that `read` was given. */
  get seen(): Pick<Counts, "read" | "rejected"> {
    return this.#seen;
  }

  /** A hash of all rows; null where this attempt has not seen them from the beginning. */
  dataVersion(): string | null {
    return this.#hash?.copy().digest("hex").slice(0, 32) ?? null;
  }

  /** Of the dead letters that are open; null where earlier attempts may have left some. */
  reasons(): RejectReason[] | null {
    return this.#options.start.kind === "fresh" ? this.#reasons.top() : null;
  }

  /** Takes note of a chunk before it is loaded. Raises FatalError TOO_MANY_REJECTS. */
  read(chunk: Chunk): void {
    addCounts(this.#seen, chunk.counts);
    for (const letter of chunk.deadLetters) this.#uncommitted.add(letter);
    checkRejects(this.#seen, this.#options.limits, chunk.last);
    if (chunk.content.kind === "encoded") this.#hash?.update(chunk.content.data);
  }

  /** Writes a commit's own records within its transaction. Raises FatalError FENCED, TOO_MANY_REJECTS, ACCOUNTS. */
  async write(client: pg.Client, commit: Commit): Promise<void> {
    const { attempt } = this.#options;
    const tx = drizzle(client);
    if (commit.deadLetters.length > 0) {
      // What is fenced off writes not so much as these.
      await checkEpoch(tx, attempt);
      await writeDeadLetters(client, attempt, commit.deadLetters);
    }
    const counts = this.#with(commit);
    this.#checkRejects(counts, commit);
    await this.#progress(tx, { ...commit, counts });
  }

  /** Marks an attempt as finished that has nothing more to commit; may be done again. Raises as `write`. */
  async finish(db: StateDatabase): Promise<void> {
    const { counts, cursor } = this;
    checkRejects(counts, this.#options.limits, true);
    await this.#progress(db, { counts, cursor, position: counts.read, finished: true });
  }

  /** Whether `write` has been committed with it. */
  async isWritten(client: pg.Client): Promise<boolean> {
    return await isRecorded(drizzle(client), this.#options.attempt, this.#commits + 1);
  }

  committed(commit: Commit): void {
    this.#commits += 1;
    this.cursor = commit.cursor ?? this.cursor;
    addCounts(this.counts, commit.counts);
    this.#reasons.add(commit.deadLetters);
    for (const letter of commit.deadLetters) this.#uncommitted.delete(letter);
  }

  async #progress(
    tx: StateDatabase,
    { counts, position, cursor, finished }: Omit<Commit, "deadLetters">,
  ): Promise<void> {
    const { attempt, start, fingerprint, report } = this.#options;
    if (finished) requireAccounts(counts);
    const ended = finished
      ? { dataVersion: this.dataVersion(), report: report(cursor ?? this.cursor) }
      : { dataVersion: null, report: null };
    const again = start.kind === "fresh" ? "all" : "uncommitted";
    await recordProgress(tx, attempt, {
      position,
      cursor,
      finished,
      ...ended,
      source: fingerprint,
      counts,
      commits: this.#commits + 1,
      superseded: this.#commits === 0 ? again : null,
    });
  }

  /** What the server refused is known only now; a breach of the limits keeps it. */
  #checkRejects(counts: Counts, commit: Commit): void {
    try {
      checkRejects(counts, this.#options.limits, commit.finished);
    } catch (error) {
      for (const letter of commit.deadLetters) this.#uncommitted.add(letter);
      throw error;
    }
  }

  #with(commit: Commit): Counts {
    const counts = { ...this.counts };
    addCounts(counts, commit.counts);
    return counts;
  }
}

function requireAccounts(counts: Counts): void {
  if (accounted(counts) === counts.read) return;
  throw new FatalError(
    "ACCOUNTS",
    `${counts.read} records were read and ${accounted(counts)} accounted for; nothing of this was committed`,
    { details: { counts } },
  );
}
