import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import { retry, type FailedAttempt } from "../../retry/retry.ts";
import type { Commit } from "../loader.ts";
import type { LoadConnection } from "./connection.ts";
import { DATABASE_RETRY, databaseMayRecover, isConnected } from "./database-retry.ts";

export interface TransactionsOptions {
  readonly connect: () => Promise<LoadConnection>;
  /** Whoever else loads the same things waits for these locks. */
  readonly lockNames: readonly string[];
  /** Writes a commit's own records (dead letters, checkpoint, ledger) and checks that this run is still the one to write. */
  readonly recordCommit: (client: pg.Client, commit: Commit) => Promise<void>;
  /**
   * Whether what `recordCommit` writes for this commit is there, all of it or nothing: asked where the connection was lost
   * at COMMIT. Without it such a commit fails the load (COMMIT_UNKNOWN).
   */
  readonly isRecorded?: (client: pg.Client, commit: Commit) => Promise<boolean>;
  /** Called once a transaction is known to be committed. */
  readonly committed: (commit: Commit) => void;
  /** How many chunks are under way at a time. Default 2: one is staged while the one before it merges; more would only wait. */
  readonly lanes?: number;
  /** Ends waiting between attempts. */
  readonly signal?: AbortSignal;
  /** Told of each attempt that failed and is followed by another: for a log. */
  readonly retrying?: (failed: FailedAttempt) => unknown;
}

const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/** How the transactions of a load begin and end, whatever they do in between. */
export class Transactions {
  readonly #options: TransactionsOptions;
  /** In one order for all, so that two loads never wait for each other. */
  readonly #lockNames: readonly string[];

  constructor(options: TransactionsOptions) {
    this.#options = options;
    this.#lockNames = [...new Set(options.lockNames)].toSorted();
  }

  get lanes(): number {
    return this.#options.lanes ?? 2;
  }

  /** A connection of its own. */
  async connect(): Promise<LoadConnection> {
    return await this.#options.connect();
  }

  /** Does a whole transaction, again after a while where the database may recover from what it failed with. */
  async retry(
    transaction: () => Promise<void>,
    retryable: (error: unknown) => boolean = databaseMayRecover,
  ): Promise<void> {
    const { signal, retrying } = this.#options;
    await retry(transaction, DATABASE_RETRY, {
      retryable,
      ...(signal && { signal }),
      ...(retrying && { onRetry: retrying }),
    });
  }

  /** Waits for the locks, in the client's transaction, until whoever else loads the same has ended. */
  async lock({ client }: { readonly client: pg.Client }): Promise<void> {
    for (const name of this.#lockNames) await client.query(LOCK, [name]);
  }

  /** Ends the client's transaction: with the records of its commit in it. Raises FatalError COMMIT_UNKNOWN, COMMIT_REFUSED. */
  async commit({ client }: { readonly client: pg.Client }, commit: Commit): Promise<void> {
    await this.#options.recordCommit(client, commit);
    try {
      const { command } = await client.query("COMMIT");
      if (command !== "COMMIT") throw new FatalError("COMMIT_REFUSED", `PostgreSQL answered COMMIT with ${command}`);
    } catch (error) {
      // Where the connection is gone, nobody knows yet whether the server has done it.
      if (isConnected(error) || error instanceof FatalError || !(await this.#isCommitted(commit, error))) throw error;
    }
    this.#options.committed(commit);
  }

  /** Asks on a connection of its own, once the transaction has ended: until then it holds the load's lock. */
  async #isCommitted(commit: Commit, lost: unknown): Promise<boolean> {
    const { isRecorded, connect } = this.#options;
    let found = false;
    if (isRecorded === undefined) {
      throw new FatalError(
        "COMMIT_UNKNOWN",
        "The connection was lost while a chunk was being committed, and whether it is can not be told",
        {
          fix: "Look whether its rows are there",
          cause: lost,
        },
      );
    }
    await this.retry(async () => {
      await using connection = await connect();
      const { client } = connection;
      await client.query("BEGIN");
      await this.lock(connection);
      found = await isRecorded(client, commit);
      await client.query("COMMIT");
    });
    return found;
  }
}
