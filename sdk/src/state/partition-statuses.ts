import { and, desc, eq, notLike } from "drizzle-orm";
import type { StateDatabase } from "./ledger.ts";
import { runs } from "./tables.ts";

export type RunStatus = (typeof runs.$inferSelect)["status"];

/** How the last load of each partition of an operator came out; `running` also where it was broken off without a word. */
export async function partitionStatuses(db: StateDatabase, operator: string): Promise<ReadonlyMap<string, RunStatus>> {
  const rows = await db
    .selectDistinctOn([runs.partition], { partition: runs.partition, status: runs.status })
    .from(runs)
    .where(and(eq(runs.operator, operator), notLike(runs.schedulerRunId, "replay:%")))
    .orderBy(runs.partition, desc(runs.epoch), desc(runs.startedAt));
  return new Map(rows.map(({ partition, status }) => [partition, status]));
}
