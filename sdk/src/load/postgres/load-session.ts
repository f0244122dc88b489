import type pg from "pg";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { Commit } from "../loader.ts";
import type { LoadConnection } from "./connection.ts";
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
  /** Called once a transaction is known to be committed. */
  readonly committed: (commit: Commit) => void;
}

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
    return new Lane(connection.client, { table: this.target, columnList: this.columnList });
  }

  /** Waits for the lock, in the lane's transaction, until whoever else loads the same has ended. */
  async lock({ client }: Lane): Promise<void> {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [this.#options.lockName]);
  }

  /** Ends the lane's transaction: with the records of its commit in it. */
  async commit({ client }: Lane, commit: Commit): Promise<void> {
    await this.#options.recordCommit(client, commit);
    await client.query("COMMIT");
    this.#options.committed(commit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.disposeAsync();
  }
}
