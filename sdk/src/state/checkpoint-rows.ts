import { and, asc, eq, sql, type SQL } from "drizzle-orm";
import { noCounts } from "../record/counts.ts";
import type { StateDatabase } from "./ledger.ts";
import { checkpoints } from "./tables.ts";

export type CheckpointRow = typeof checkpoints.$inferSelect;

export interface CheckpointChoice {
  readonly operator?: string;
  /** Empty for an operator without partitions; all where it is left out. */
  readonly partition?: string;
}

/** How far partitions are, by operator and partition. */
export async function listCheckpoints(db: StateDatabase, choice: CheckpointChoice): Promise<CheckpointRow[]> {
  return await db
    .select()
    .from(checkpoints)
    .where(chosen(choice))
    .orderBy(asc(checkpoints.operator), asc(checkpoints.partition));
}

/**
 * Forgets how far partitions are, so that their next run begins at the beginning, and fences off a run that is under way.
 * Rows, dead letters and the ledger stay. Returns those that were reset.
 */
export async function resetCheckpoints(db: StateDatabase, choice: CheckpointChoice): Promise<CheckpointRow[]> {
  return await db
    .update(checkpoints)
    .set({
      status: "running",
      position: 0,
      source: null,
      cursor: null,
      counts: noCounts(),
      // Never lower: an attempt from before must not pass for a later one.
      epoch: sql`${checkpoints.epoch} + 1`,
      updatedAt: sql`now()`,
    })
    .where(chosen(choice))
    .returning();
}

function chosen({ operator, partition }: CheckpointChoice): SQL | undefined {
  return and(
    operator === undefined ? undefined : eq(checkpoints.operator, operator),
    partition === undefined ? undefined : eq(checkpoints.partition, partition),
  );
}
