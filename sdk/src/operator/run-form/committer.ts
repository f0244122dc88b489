import type { AnyPgTable } from "drizzle-orm/pg-core";
import { FatalError } from "../../errors/millrace-error.ts";
import { isConnected } from "../../load/postgres/database-retry.ts";
import { Transactions, type TransactionsOptions } from "../../load/postgres/transactions.ts";
import type { TextPolicy } from "../../record/text-policy.ts";
import type { LoadRecord } from "../load-record.ts";
import type { AnyRunTarget } from "../target.ts";
import { ChunkTransaction } from "./chunk-transaction.ts";
import { Stages } from "./stages.ts";
import { TableWriter } from "./table-writer.ts";

export interface CommitterOptions {
  readonly transactions: Omit<TransactionsOptions, "committed">;
  readonly targets: readonly AnyRunTarget[];
  readonly text: TextPolicy;
  readonly record: LoadRecord;
  readonly source: string;
  /** Called with what a transaction has done, once it is committed. */
  readonly committed: (chunk: ChunkTransaction) => void;
}

/** Does an operator's transactions, one at a time, on one connection that is made with the first. */
export class Committer implements AsyncDisposable {
  readonly #options: CommitterOptions;
  readonly #transactions: Transactions;
  readonly #writers: ReadonlyMap<AnyPgTable, TableWriter>;
  #stages: Stages | undefined;
  #busy = false;

  constructor(options: CommitterOptions) {
    const { record, targets, text } = options;
    const transactions = { ...options.transactions, committed: record.committed.bind(record) };
    this.#options = options;
    this.#transactions = new Transactions(transactions);
    this.#writers = new Map(targets.map((target) => [target.table, new TableWriter(target, text, transactions)]));
  }

  async commit(work: (chunk: ChunkTransaction) => void | Promise<void>): Promise<void> {
    if (this.#busy) {
      throw new FatalError("COMMIT_NESTED", "A commit was begun while another was under way", {
        fix: "Await each `commit`, and do not call it within another",
      });
    }
    this.#busy = true;
    try {
      await this.#transactions.retry(() => this.#attempt(work));
    } finally {
      this.#busy = false;
    }
  }

  async #attempt(work: (chunk: ChunkTransaction) => void | Promise<void>): Promise<void> {
    const stages = (this.#stages ??= new Stages(await this.#transactions.connect()));
    const { client } = stages.connection;
    const { source, record, committed } = this.#options;
    const chunk = new ChunkTransaction({ stages, writers: this.#writers, source });
    try {
      await client.query("BEGIN");
      await this.#transactions.lock({ client });
      await work(chunk);
      await chunk.close();
      const { counts, deadLetters } = chunk;
      await this.#transactions.commit(
        { client },
        {
          counts,
          deadLetters,
          position: record.counts.read + counts.read,
          cursor: chunk.cursor === undefined ? record.cursor : chunk.cursor,
          finished: false,
        },
      );
    } catch (error) {
      await chunk.close().catch(() => {});
      stages.forget();
      if (isConnected(error)) await client.query("ROLLBACK").catch(() => {});
      else await this[Symbol.asyncDispose]();
      throw error;
    }
    committed(chunk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stages = this.#stages;
    this.#stages = undefined;
    await stages?.connection[Symbol.asyncDispose]();
  }
}
