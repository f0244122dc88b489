import type { CheckSeverity, Json } from "../../host/host.ts";
import type { MetadataInput } from "../../host/pipes/metadata.ts";
import type { Rejection } from "../../record/dead-letter.ts";
import type { RowOrigin } from "../../load/row-origins.ts";
import type { StateDatabase } from "../../state/ledger.ts";
import type { OperatorContext } from "../context.ts";
import type { LoadedOf } from "../loaded-rows.ts";
import type { Partitions } from "../partitions/partitions.ts";
import type { AnyRunTarget } from "../target.ts";

/** What `run` is given. */
export type RunContext<
  Config,
  P extends Partitions | undefined,
  Targets extends readonly AnyRunTarget[],
> = OperatorContext<Config, P> & RunTools<Targets>;

export interface RunTools<Targets extends readonly AnyRunTarget[]> {
  /** The attempt before this one was not finished, and `checkpoint` is where it got to. */
  readonly resumes: boolean;
  /** drizzle on the target database, outside of any transaction of `commit`. */
  readonly database: StateDatabase;
  /** For what has to connect itself. Never to be shown: it holds a password. */
  readonly databaseUrl: string;
  /**
   * Does `work` in one transaction, and with it writes its dead letters, checkpoint and counts: all of it or nothing. One at a
   * time. Where the database may recover from what it failed with, `work` is called again: outside of its chunk it must have
   * no effect. No network should be read in it, since other writers of the targets wait. Raises what `work` raises, FatalError
   * FENCED, TOO_MANY_REJECTS, COMMIT_NESTED, and the database's errors.
   */
  commit(work: (chunk: OpenChunk<Targets>) => void | Promise<void>): Promise<void>;
  /** Adds to what the scheduler shows of this materialization. */
  readonly metadata: { add(values: Readonly<Record<string, MetadataInput>>): void };
  /** Reports the result of a check that `checks` has as `reported`. Raises FatalError CHECK_UNKNOWN. */
  check(result: CheckOutcome): void;
}

export interface CheckOutcome {
  readonly name: string;
  readonly passed: boolean;
  /** Default: as declared. */
  readonly severity?: CheckSeverity;
  readonly metadata?: Readonly<Record<string, MetadataInput>>;
}

/** A transaction of `commit`. */
export interface OpenChunk<Targets extends readonly AnyRunTarget[]> {
  /** drizzle within the transaction. */
  readonly database: StateDatabase;
  /**
   * Brings rows (or changes) into one of the targets, and counts each by what became of it. Those that the table does not take
   * become dead letters. Constraints are checked with each write: rows that others refer to come first.
   * Raises FatalError TARGET_UNDECLARED, ROW_UNKNOWN_KEY, COLUMN_SOMETIMES_GIVEN.
   */
  write<Table extends Targets[number]["table"]>(
    table: Table,
    rows: Iterable<LoadedOf<Table, LoadInto<Targets, Table>>>,
    options?: WriteOptions,
  ): Promise<void>;
  /** Puts a record aside as a dead letter. */
  reject(rejected: RejectedRecord): void;
  /** Counts records that are left out. Default 1. */
  filter(records?: number): void;
  /**
   * Where a later run goes on: given to it as `context.checkpoint`, also where this one is finished (`resumes` tells).
   * The last one said counts.
   */
  checkpoint(value: Json): void;
}

type LoadInto<Targets extends readonly AnyRunTarget[], Table> = Extract<
  Targets[number],
  { readonly table: Table }
>["load"];

export interface WriteOptions {
  /** The record that a row (by its place in `rows`) was made of, for its dead letter. Default: the row itself. */
  readonly origin?: (row: number) => RowOrigin;
}

export interface RejectedRecord extends Partial<RowOrigin>, Partial<Pick<Rejection, "code" | "field">> {
  readonly reason: string;
}
