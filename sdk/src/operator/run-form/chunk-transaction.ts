import { drizzle } from "drizzle-orm/node-postgres";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { tableName } from "../../load/postgres/target-columns.ts";
import { addCounts, noCounts, type Counts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { StateDatabase } from "../../state/ledger.ts";
import type { AnyRunTarget } from "../target.ts";
import type { OpenChunk, RejectedRecord, WriteOptions } from "./run-context.ts";
import type { Stages } from "./stages.ts";
import type { TableWriter, Written } from "./table-writer.ts";

type Row = Readonly<Record<string, unknown>>;

export interface ChunkTransactionOptions {
  readonly stages: Stages;
  readonly writers: ReadonlyMap<AnyPgTable, TableWriter>;
  /** What a dead letter names as its source where nothing else is said. */
  readonly source: string;
}

/** What `commit` gives to its work: everything that is said to it is of one transaction. */
export class ChunkTransaction implements OpenChunk<readonly AnyRunTarget[]> {
  readonly counts: Counts = noCounts();
  readonly deadLetters: DeadLetter[] = [];
  readonly written: { readonly table: AnyPgTable; readonly result: Written }[] = [];
  readonly database: StateDatabase;
  readonly #options: ChunkTransactionOptions;
  #cursor: Json | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #open = true;

  constructor(options: ChunkTransactionOptions) {
    this.#options = options;
    this.database = drizzle(options.stages.connection.client) as StateDatabase;
  }

  /** What `checkpoint` was told; undefined where it was not. */
  get cursor(): Json | undefined {
    return this.#cursor;
  }

  write(table: AnyPgTable, rows: Iterable<unknown>, { origin }: WriteOptions = {}): Promise<void> {
    this.#requireOpen();
    const given = [...rows] as Row[];
    const own = (row: number) => ({ record: given[row], position: this.#position });
    // One after the other, also where nobody waits for it: they share a connection.
    this.#underWay = this.#underWay.then(() => this.#write(table, given, origin ?? own));
    this.#underWay.catch(() => {}); // the commit hears of it
    return this.#underWay;
  }

  reject({ reason, code = "REJECTED", field = null, record = null, position = this.#position }: RejectedRecord): void {
    this.#requireOpen();
    this.deadLetters.push({ code, reason, field, record, position });
    this.counts.read += 1;
    this.counts.rejected += 1;
  }

  filter(records: number = 1): void {
    this.#requireOpen();
    this.counts.read += records;
    this.counts.filtered += records;
  }

  checkpoint(value: Json): void {
    this.#requireOpen();
    this.#cursor = value;
  }

  /** Waits for what was written; nothing more can be said afterwards. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#underWay;
  }

  get #position(): DeadLetter["position"] {
    return { source: this.#options.source, line: null, byteOffset: null };
  }

  async #write(table: AnyPgTable, rows: readonly Row[], origin: Required<WriteOptions>["origin"]): Promise<void> {
    const { stages, writers } = this.#options;
    const writer = writers.get(table);
    if (writer === undefined) {
      throw new FatalError("TARGET_UNDECLARED", `${tableName(table)} is no target of this operator`, {
        fix: "Add `target(table, load)` to its `targets`",
      });
    }
    const result = await writer.write(stages, rows, origin);
    addCounts(this.counts, result.counts);
    this.deadLetters.push(...result.deadLetters);
    this.written.push({ table, result });
  }

  #requireOpen(): void {
    if (this.#open) return;
    throw new FatalError("COMMIT_ENDED", "A chunk was used after its commit had ended", {
      fix: "Await everything inside the function that `commit` is given",
    });
  }
}
