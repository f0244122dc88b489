import { and, asc, eq, inArray, lt, sql, type SQL } from "drizzle-orm";
import type { StateDatabase } from "./ledger.ts";
import { deadLetters, type DeadLetterStatus } from "./tables.ts";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

export interface DeadLetterChoice {
  readonly operator?: string;
  readonly partition?: string;
  readonly statuses?: readonly DeadLetterStatus[];
  readonly codes?: readonly string[];
}

export interface DeadLetterGroup {
  readonly operator: string;
  readonly partition: string;
  readonly status: DeadLetterStatus;
  readonly code: string;
  readonly field: string | null;
  readonly records: number;
}

/** How many dead letters there are of each kind. */
export async function countDeadLetters(db: StateDatabase, choice: DeadLetterChoice): Promise<DeadLetterGroup[]> {
  const { operator, partition, status, code, field } = deadLetters;
  return await db
    .select({ operator, partition, status, code, field, records: sql<number>`count(*)::int` })
    .from(deadLetters)
    .where(chosen(choice))
    .groupBy(operator, partition, status, code, field)
    .orderBy(operator, partition, status, code, field);
}

/** The first dead letters by id. */
export async function firstDeadLetters(
  db: StateDatabase,
  choice: DeadLetterChoice & { readonly id?: number; readonly limit: number },
): Promise<DeadLetterRow[]> {
  return await db
    .select()
    .from(deadLetters)
    .where(and(chosen(choice), choice.id === undefined ? undefined : eq(deadLetters.id, choice.id)))
    .orderBy(asc(deadLetters.id))
    .limit(choice.limit);
}

/** Deletes dead letters for good that are older than so many days; returns how many. */
export async function purgeDeadLetters(
  db: StateDatabase,
  choice: DeadLetterChoice & { readonly olderThanDays: number },
): Promise<number> {
  const gone = await db
    .delete(deadLetters)
    .where(and(chosen(choice), lt(deadLetters.createdAt, sql`now() - make_interval(days => ${choice.olderThanDays})`)))
    .returning({ id: deadLetters.id });
  return gone.length;
}

function chosen({ operator, partition, statuses, codes }: DeadLetterChoice): SQL | undefined {
  return and(
    operator === undefined ? undefined : eq(deadLetters.operator, operator),
    partition === undefined ? undefined : eq(deadLetters.partition, partition),
    statuses === undefined ? undefined : inArray(deadLetters.status, [...statuses]),
    codes === undefined ? undefined : inArray(deadLetters.code, [...codes]),
  );
}
