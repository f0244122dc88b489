import type { AnyPgTable } from "drizzle-orm/pg-core";
import { binaryKinds } from "./binary/binary-kinds.ts";
import type { LoadConnection } from "./connection.ts";
import { Lane } from "./lane.ts";
import { columnList, quotedTable, type TargetColumn } from "./target-columns.ts";
import { Transactions, type TransactionsOptions } from "./transactions.ts";

export interface LoadSessionOptions extends TransactionsOptions {
  readonly table: AnyPgTable;
  /** Quoted: a table with the same columns that is loaded in its stead. */
  readonly target?: string;
  /** The columns that the rows have, in the order in which they are encoded. */
  readonly columns: readonly TargetColumn[];
  /** Rows are sent as text, even where the server would read them faster in binary: for a client that has enough to do. */
  readonly asText?: boolean;
}

/** What all strategies share: the target, the lanes into it, and how a transaction ends. */
export class LoadSession extends Transactions implements AsyncDisposable {
  readonly columns: readonly TargetColumn[];
  /** Quoted, with its schema. */
  readonly target: string;
  /** Quoted names of the columns, comma-separated. */
  readonly columnList: string;
  readonly #options: LoadSessionOptions;
  readonly #kinds: Uint8Array | null;
  readonly #connections = new AsyncDisposableStack();

  constructor(options: LoadSessionOptions) {
    super(options);
    this.#options = options;
    this.columns = options.columns;
    this.target = options.target ?? quotedTable(options.table);
    this.columnList = columnList(options.columns);
    this.#kinds = options.asText ? null : binaryKinds(options.columns);
  }

  /** The same, into another table with these columns. */
  into(target: string): LoadSession {
    return new LoadSession({ ...this.#options, target });
  }

  /** A lane of its own connection, which is closed with the session. */
  async openLane(): Promise<Lane> {
    return this.laneOn(this.#connections.use(await this.connect()));
  }

  /** A lane on a connection that is somebody else's. */
  laneOn(connection: LoadConnection): Lane {
    return new Lane(connection, {
      table: this.target,
      columnList: this.columnList,
      columns: this.columns.length,
      kinds: this.#kinds,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.disposeAsync();
  }
}
