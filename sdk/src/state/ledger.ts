import { and, desc, eq, inArray, max, sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Json } from "../host/host.ts";
import { FatalError } from "../errors/millrace-error.ts";
import { noCounts, type Counts } from "../record/counts.ts";
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

export interface AttemptStart {
  readonly id: string;
  readonly operator: string;
  readonly partition: string;
  readonly schedulerRunId: string;
  readonly retryNumber: number;
}

/** Where the attempt before this one got to; null where there was none. */
export interface Previous {
  readonly status: "running" | "finished";
  readonly position: number;
  readonly source: string | null;
  readonly cursor: Json | null;
  readonly counts: Counts;
}

/** An attempt that was finished, by the same run of the scheduler. */
export interface FinishedBefore {
  readonly counts: Counts;
  readonly dataVersion: string | null;
  readonly report: RunReport;
}

export type Begun =
  | { readonly attempt: Attempt; readonly previous: Previous | null }
  /** There is nothing to do but to say so again. */
  | { readonly finishedBefore: FinishedBefore };

/**
 * Registers an attempt; from here on no earlier attempt at the partition can commit. Called again for the same attempt it
 * changes nothing. Where the same run of the scheduler has finished the partition, and none since, no attempt begins.
 */
export async function beginAttempt(db: StateDatabase, start: AttemptStart): Promise<Begun> {
  const { id, operator, partition } = start;
  return db.transaction(async (tx) => {
    const [before] = await tx
      .select()
      .from(checkpoints)
      .where(and(eq(checkpoints.operator, operator), eq(checkpoints.partition, partition)))
      .for("update");
    const previous = before === undefined ? null : { ...before };
    if (before?.runId === id) return { attempt: { id, operator, partition, epoch: before.epoch }, previous };
    const finishedBefore = before?.status === "finished" ? await lastFinished(tx, start) : undefined;
    if (finishedBefore !== undefined) return { finishedBefore };
    const [now] = await tx
      .insert(checkpoints)
      .values({ operator, partition, epoch: 1, runId: id, status: "running", position: 0, counts: noCounts() })
      .onConflictDoUpdate({
        target: [checkpoints.operator, checkpoints.partition],
        set: { epoch: sql`${checkpoints.epoch} + 1`, runId: id, updatedAt: sql`now()` },
      })
      .returning({ epoch: checkpoints.epoch });
    const epoch = now!.epoch;
    await tx.insert(runs).values({ ...start, epoch, status: "running", counts: noCounts() });
    return { attempt: { id, operator, partition, epoch }, previous };
  });
}

/** What this run of the scheduler reported of the partition, if no other has finished it since. */
async function lastFinished(
  tx: StateDatabase,
  { operator, partition, schedulerRunId }: AttemptStart,
): Promise<FinishedBefore | undefined> {
  const finished = and(eq(runs.operator, operator), eq(runs.partition, partition), eq(runs.status, "finished"));
  const [own] = await tx
    .select()
    .from(runs)
    .where(and(finished, eq(runs.schedulerRunId, schedulerRunId)))
    .orderBy(desc(runs.epoch))
    .limit(1);
  if (own === undefined || own.report === null) return undefined;
  const [newest] = await tx
    .select({ epoch: max(runs.epoch) })
    .from(runs)
    .where(finished);
  return newest?.epoch === own.epoch
    ? { counts: own.counts, dataVersion: own.dataVersion, report: own.report }
    : undefined;
}

/**
 * Locks the partition's checkpoint for this transaction.
 * Raises FatalError FENCED where a later attempt has begun.
 */
export async function checkEpoch(tx: StateDatabase, { operator, partition, epoch }: Attempt): Promise<void> {
  const [row] = await tx
    .select({ epoch: checkpoints.epoch })
    .from(checkpoints)
    .where(and(eq(checkpoints.operator, operator), eq(checkpoints.partition, partition)))
    .for("update");
  if (row?.epoch === epoch) return;
  throw new FatalError(
    "FENCED",
    `Another run of "${operator}"${partition && ` for ${partition}`} has begun; this one must not write any more`,
    {
      fix: "Look at the newer run; this one has committed nothing since",
      details: { epoch, newest: row?.epoch ?? null },
    },
  );
}

/** Whether the attempt's transaction with this number, from 1, is committed: `recordProgress` has written it. */
export async function isRecorded(db: StateDatabase, { id }: Attempt, commits: number): Promise<boolean> {
  const [run] = await db.select({ commits: runs.commits }).from(runs).where(eq(runs.id, id));
  return run !== undefined && run.commits >= commits;
}

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
}

/** Writes checkpoint and ledger within the transaction that commits the rows they speak of. */
export async function recordProgress(tx: StateDatabase, attempt: Attempt, progress: Progress): Promise<void> {
  const { position, source, cursor, counts, commits, finished, dataVersion, report } = progress;
  const { id, operator, partition } = attempt;
  await tx
    .update(checkpoints)
    .set({
      status: finished ? "finished" : "running",
      position,
      source,
      ...(cursor !== null && { cursor }),
      counts,
      updatedAt: sql`now()`,
    })
    .where(and(eq(checkpoints.operator, operator), eq(checkpoints.partition, partition)));
  await tx
    .update(runs)
    .set({
      counts,
      commits,
      ...(finished && { status: "finished" as const, dataVersion, report, endedAt: sql`clock_timestamp()` }),
    })
    .where(eq(runs.id, id));
}

/**
 * Dead letters of earlier attempts at the partition are history once their records are read again: all of them where the
 * source is read afresh, those of chunks that were not committed where an attempt goes on.
 */
export async function supersedeDeadLetters(
  tx: StateDatabase,
  { id, operator, partition }: Attempt,
  which: "all" | "uncommitted",
): Promise<void> {
  const statuses: DeadLetterStatus[] = which === "all" ? ["open", "uncommitted"] : ["uncommitted"];
  await tx
    .update(deadLetters)
    .set({ status: "superseded" })
    .where(
      and(
        eq(deadLetters.operator, operator),
        eq(deadLetters.partition, partition),
        inArray(deadLetters.status, statuses),
        sql`${deadLetters.runId} <> ${id}`,
      ),
    );
}

/** Notes in the ledger why an attempt failed. */
export async function recordFailure(db: StateDatabase, attempt: Attempt, error: string): Promise<void> {
  await db
    .update(runs)
    .set({ status: "failed", error, endedAt: sql`clock_timestamp()` })
    .where(and(eq(runs.id, attempt.id), eq(runs.status, "running")));
}
