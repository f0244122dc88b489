import { and, desc, eq, like, sql } from "drizzle-orm";
import type { StateDatabase } from "./ledger.ts";
import { deadLetters, runs } from "./tables.ts";

export type RunRow = typeof runs.$inferSelect;

export interface RunChoice {
  readonly operator?: string;
  readonly partition?: string;
  readonly status?: RunRow["status"];
  /** How many at most. */
  readonly limit: number;
}

/** Attempts, the newest first. */
export async function listRuns(
  db: StateDatabase,
  { operator, partition, status, limit }: RunChoice,
): Promise<RunRow[]> {
  return await db
    .select()
    .from(runs)
    .where(
      and(
        operator === undefined ? undefined : eq(runs.operator, operator),
        partition === undefined ? undefined : eq(runs.partition, partition),
        status === undefined ? undefined : eq(runs.status, status),
      ),
    )
    .orderBy(desc(runs.startedAt), desc(runs.epoch))
    .limit(limit);
}

/** The attempts whose id begins so. */
export async function findRuns(db: StateDatabase, idBegins: string): Promise<RunRow[]> {
  return await db
    .select()
    .from(runs)
    .where(like(sql`${runs.id}::text`, `${idBegins.replaceAll(/[\\%_]/g, "\\$&")}%`))
    .limit(2);
}

/** How many dead letters an attempt has left, by status and code. */
export async function lettersOfRun(
  db: StateDatabase,
  id: string,
): Promise<{ readonly status: string; readonly code: string; readonly records: number }[]> {
  const { status, code, runId } = deadLetters;
  return await db
    .select({ status, code, records: sql<number>`count(*)::int` })
    .from(deadLetters)
    .where(eq(runId, id))
    .groupBy(status, code)
    .orderBy(status, code);
}
