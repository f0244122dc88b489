import { and, count, desc, eq } from "drizzle-orm";
import type { DeadLetter } from "../record/dead-letter.ts";
import type { StateDatabase } from "../state/ledger.ts";
import { deadLetters } from "../state/tables.ts";

/** Why so many of a partition's records were rejected. */
export interface RejectReason {
  readonly code: string;
  readonly field: string | null;
  readonly n: number;
}

const TOP_REASONS = 5;

/** Counts the reasons of dead letters as they are committed: who has written all that are open need not ask for them. */
export class RejectReasons {
  readonly #counts = new Map<string, Map<string | null, number>>();

  add(letters: readonly DeadLetter[]): void {
    for (const { code, field } of letters) {
      let fields = this.#counts.get(code);
      if (fields === undefined) this.#counts.set(code, (fields = new Map()));
      fields.set(field, (fields.get(field) ?? 0) + 1);
    }
  }

  /** The most frequent first. */
  top(): RejectReason[] {
    const all = [...this.#counts].flatMap(([code, fields]) => [...fields].map(([field, n]) => ({ code, field, n })));
    return all.toSorted((one, other) => other.n - one.n).slice(0, TOP_REASONS);
  }
}

/** The same of a partition's open dead letters, whoever wrote them. */
export async function openReasons(db: StateDatabase, operator: string, partition: string): Promise<RejectReason[]> {
  const { code, field, status } = deadLetters;
  return await db
    .select({ code, field, n: count() })
    .from(deadLetters)
    .where(and(eq(deadLetters.operator, operator), eq(deadLetters.partition, partition), eq(status, "open")))
    .groupBy(code, field)
    .orderBy(desc(count()))
    .limit(TOP_REASONS);
}
