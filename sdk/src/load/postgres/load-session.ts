import type pg from "pg";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { FatalError } from "../../errors/millrace-error.ts";
import { retry, type FailedAttempt } from "../../retry/retry.ts";
import type { Commit } from "../loader.ts";
import type { LoadConnection } from "./connection.ts";
import { DATABASE_RETRY, databaseMayRecover, isConnected } from "./database-retry.ts";
import { Lane } from "./lane.ts";
import { columnList, quotedTable, type TargetColumn } from "./target-columns.ts";

export interface LoadSessionOptions {
  readonly connect: () => Promise<LoadConnection>;
  readonly table: AnyPgTable;
  /** Quoted: a table with the same columns that is loaded in its stead. */
  readonly target?: string;
  /** The columns that the rows have, in the order in which they are encoded. */
  readonly columns: readonly TargetColumn[];
  /** Whoever else loads the same thing waits for this lock. */
  readonly lockName: string;
  /** Writes a commit's own records (dead letters, checkpoint, ledger) and checks that this run is still the one to write. */
  readonly recordCommit: (client: pg.Client, commit: Commit) => Promise<void>;
  /**
   * Whether what `recordCommit` writes for this commit is there, all of it or nothing: asked where the connection was lost
   * at COMMIT. Without it such a commit fails the load (COMMIT_UNKNOWN).
   */
  readonly isRecorded?: (client: pg.Client, commit: Commit) => Promise<boolean>;
  /** Called once a transaction is known to be committed. */
  readonly committed: (commit: Commit) => void;
  /** Ends waiting between attempts. */
  readonly signal?: AbortSignal;
  /** Told of each attempt that failed and is followed by another: for a log. */
  readonly retrying?: (failed: FailedAttempt) => void;
}

const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/** What all strategies share: the target, the lanes into it, and how a transaction ends. */
export class LoadSession implements AsyncDisposable {
  readonly columns: readonly TargetColumn[];
  /** Quoted, with its schema. */
  readonly target: string;
  /** Quoted names of the columns, comma-separated. */
  readonly columnList: string;
  readonly #options: LoadSessionOptions;
  readonly #connections = new AsyncDisposableStack();

  constructor(options: LoadSessionOptions) {
    this.#options = options;
    this.columns = options.columns;
    this.target = options.target ?? quotedTable(options.table);
    this.columnList = columnList(options.columns);
  }

  /** The same, into another table with these columns. */
  into(target: string): LoadSession {
    return new LoadSession({ ...this.#options, target });
  }

  /** A lane of its own connection, which is closed with the session. */
  async openLane(): Promise<Lane> {
    const connection = this.#connections.use(await this.#options.connect());
    return new Lane(connection, { table: this.target, columnList: this.columnList, columns: this.columns.length });
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

  /** Waits for the lock, in the lane's transaction, until whoever else loads the same has ended. */
  async lock({ client }: Lane): Promise<void> {
    await client.query(LOCK, [this.#options.lockName]);
  }

  /** Ends the lane's transaction: with the records of its commit in it. Raises FatalError COMMIT_UNKNOWN, COMMIT_REFUSED. */
  async commit({ client }: Lane, commit: Commit): Promise<void> {
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
    const { isRecorded, connect, lockName } = this.#options;
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
      await client.query(LOCK, [lockName]);
      found = await isRecorded(client, commit);
      await client.query("COMMIT");
    });
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.disposeAsync();
  }
}
