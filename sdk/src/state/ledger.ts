import { and, eq, sql, type SQL } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Json } from "../host/host.ts";
import { FatalError } from "../errors/millrace-error.ts";
import type { Counts } from "../record/counts.ts";
import { checkpoints, deadLetters, runs, type DeadLetterStatus, type RunReport } from "./tables.ts";

/** Any drizzle connection or transaction to the database that holds the state. */
export type StateDatabase = PgDatabase<PgQueryResultHKT>;

/** One attempt at one partition of an operator. */
export interface Attempt {
  readonly id: string;
  readonly operator: string;
  /** Empty for an operator without partitions. */
  readonly partition: string;
  readonly epoch: number;
}

/**
 * Locks the partition's checkpoint for this transaction.
 * Raises FatalError FENCED where a later attempt has begun.
 */
export async function checkEpoch(tx: StateDatabase, attempt: Attempt): Promise<void> {
  const { operator, partition } = attempt;
  const [row] = await tx
    .select({ epoch: checkpoints.epoch })
    .from(checkpoints)
    .where(and(eq(checkpoints.operator, operator), eq(checkpoints.partition, partition)))
    .for("update");
  requireEpoch(attempt, row?.epoch);
}

function requireEpoch({ operator, partition, epoch }: Attempt, newest: number | string | undefined): void {
  if (newest !== undefined && Number(newest) === epoch) return;
  throw new FatalError(
    "FENCED",
    `Another run of "${operator}"${partition && ` for ${partition}`} has begun; this one must not write any more`,
    {
      fix: "Look at the newer run; this one has committed nothing since",
      details: { epoch, newest: newest === undefined ? null : Number(newest) },
    },
  );
}

/** Whether the attempt's transaction with this number, from 1, is committed: `recordProgress` has written it. */
export async function isRecorded(db: StateDatabase, { id }: Attempt, commits: number): Promise<boolean> {
  const [run] = await db.select({ commits: runs.commits }).from(runs).where(eq(runs.id, id));
  return run !== undefined && run.commits >= commits;
}

/** Which dead letters of earlier attempts at the partition are history with a commit: see `supersedeDeadLetters`. */
export type Superseded = "all" | "uncommitted";

export interface Progress {
  readonly position: number;
  readonly source: string | null;
  /** Null leaves it where it is. */
  readonly cursor: Json | null;
  /** All outcomes up to here. */
  readonly counts: Counts;
  /** The number, from 1, of this transaction within its attempt. */
  readonly commits: number;
  readonly finished: boolean;
  readonly dataVersion: string | null;
  /** Of the attempt as a whole; null before its end. */
  readonly report: RunReport | null;
  /** Null where there are none. */
  readonly superseded: Superseded | null;
}

/**
 * Writes checkpoint and ledger within the transaction that commits the rows they speak of, and supersedes dead letters: one
 * statement, which compares the epoch and is wholly done or not at all. Raises FatalError FENCED.
 */
export async function recordProgress(tx: StateDatabase, attempt: Attempt, progress: Progress): Promise<void> {
  const { position, source, cursor, counts, commits, finished, dataVersion, report, superseded } = progress;
  const { id, operator, partition } = attempt;
  const outcomes = sql`${JSON.stringify(counts)}::jsonb`;
  const ended = sql`${finished}::boolean`;
  const { rows } = (await tx.execute(sql`
    WITH ${held(attempt)}, letters AS (
      UPDATE ${deadLetters} letter SET status = 'superseded' FROM own
      WHERE ${superseded !== null}::boolean AND ${isHistory(attempt, superseded ?? "uncommitted")}
    ), run AS (
      UPDATE ${runs} run SET counts = ${outcomes}, commits = ${commits}::integer,
        status = CASE WHEN ${ended} THEN 'finished' ELSE status END, data_version = ${dataVersion}, report = ${jsonOf(report)}::json,
        ended_at = CASE WHEN ${ended} THEN clock_timestamp() ELSE ended_at END
      FROM own WHERE id = ${id}::uuid
    ), checkpoint AS (
      UPDATE ${checkpoints} kept SET status = CASE WHEN ${ended} THEN 'finished' ELSE 'running' END, position = ${position}::bigint,
        source = ${source}, cursor = coalesce(${jsonOf(cursor)}::jsonb, cursor), counts = ${outcomes}, updated_at = now()
      FROM own WHERE operator = ${operator} AND partition = ${partition}
    )
    SELECT epoch FROM held`)) as unknown as Held;
  requireEpoch(attempt, rows[0]?.epoch);
}

/** Marks an attempt as finished that had nothing to do. What the one before it has left stays as it is. Raises FatalError FENCED. */
export async function recordNothing(db: StateDatabase, attempt: Attempt, report: RunReport): Promise<void> {
  const { id, operator, partition } = attempt;
  const { rows } = (await db.execute(sql`
    WITH ${held(attempt)}, run AS (
      UPDATE ${runs} run SET status = 'finished', report = ${jsonOf(report)}::json, ended_at = clock_timestamp()
      FROM own WHERE id = ${id}::uuid
    ), checkpoint AS (
      UPDATE ${checkpoints} kept SET updated_at = now() FROM own WHERE operator = ${operator} AND partition = ${partition}
    )
    SELECT epoch FROM held`)) as unknown as Held;
  requireEpoch(attempt, rows[0]?.epoch);
}

interface Held {
  readonly rows: readonly { readonly epoch: string }[];
}

/** The partition's checkpoint, locked; `own` has a row only where no later attempt has begun. */
function held({ operator, partition, epoch }: Attempt): SQL {
  return sql`held AS MATERIALIZED (
      SELECT epoch FROM ${checkpoints} WHERE operator = ${operator} AND partition = ${partition} FOR UPDATE
    ), own AS MATERIALIZED (SELECT FROM held WHERE epoch = ${epoch}::bigint)`;
}

function jsonOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Whether a dead letter of the partition is superseded: in words of the index of what is pending, whatever the parameter. */
function isHistory({ id, operator, partition }: Attempt, superseded: Superseded): SQL {
  const statuses: readonly DeadLetterStatus[] = superseded === "all" ? ["open", "uncommitted"] : ["uncommitted"];
  return sql`operator = ${operator} AND partition = ${partition} AND run_id <> ${id}::uuid
        AND status IN ('open', 'uncommitted') AND status = ANY (${`{${statuses.join()}}`}::text[])`;
}

/**
 * Dead letters of earlier attempts at the partition are history once their records are read again: all of them where the
 * source is read afresh, those of chunks that were not committed where an attempt goes on.
 */
export async function supersedeDeadLetters(tx: StateDatabase, attempt: Attempt, which: Superseded): Promise<void> {
  await tx.update(deadLetters).set({ status: "superseded" }).where(isHistory(attempt, which));
}

/** Notes in the ledger why an attempt failed. */
export async function recordFailure(db: StateDatabase, attempt: Attempt, error: string): Promise<void> {
  await db
    .update(runs)
    .set({ status: "failed", error, endedAt: sql`clock_timestamp()` })
    .where(and(eq(runs.id, attempt.id), eq(runs.status, "running")));
}
