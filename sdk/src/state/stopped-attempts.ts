import { sql } from "drizzle-orm";
import type { StateDatabase } from "./ledger.ts";
import { runs } from "./tables.ts";

export interface StoppedAttempts {
  readonly operator: string;
  /** Empty for an operator without partitions. */
  readonly partition: string;
  /** The one that is to go on. */
  readonly id: string;
  /** How long a session has to have been silent in the middle of a transaction. */
  readonly idleMs: number;
}

/** PostgreSQL keeps so many bytes of a session's name. */
const NAME_BYTES = 63;
const ID_CHARACTERS = 8;

/** What `pg_stat_activity` calls the sessions of an attempt: `millrace flights 2013-01-01 1b4e28ba`, its end that of the ledger's `id`. */
export function sessionName(operator: string, partition: string, id: string): string {
  const whose = ["millrace", operator, partition]
    .filter(Boolean)
    .join(" ")
    .replaceAll(/[^\x20-\x7e]/g, "?");
  return `${whose.slice(0, NAME_BYTES - 1 - ID_CHARACTERS)} ${id.slice(0, ID_CHARACTERS)}`;
}

/**
 * Ends the sessions of earlier attempts at the partition that keep their locks without a word, and returns how many: a process
 * that is stopped in the middle of a COPY is left alone by all of PostgreSQL's timeouts. What it has not committed is given up,
 * which a later attempt would have fenced off. Takes no privilege beyond the role's own.
 */
export async function endStoppedAttempts(db: StateDatabase, stopped: StoppedAttempts): Promise<number> {
  const { operator, partition, id, idleMs } = stopped;
  const { rows: earlier } = (await db.execute(sql`
    SELECT id::text FROM ${runs} WHERE operator = ${operator} AND partition = ${partition} AND id <> ${id}::uuid
      AND epoch < coalesce((SELECT epoch FROM ${runs} WHERE id = ${id}::uuid), 'infinity'::float8)
    ORDER BY epoch DESC LIMIT 100`)) as unknown as { readonly rows: readonly { readonly id: string }[] };
  const names = earlier.map((run) => sessionName(operator, partition, run.id));
  const { rows: ended } = (await db.execute(sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name = ANY (${sql.param(names)}::text[])
      AND wait_event = 'ClientRead' AND xact_start IS NOT NULL AND state_change < clock_timestamp() - ${idleMs}::float8 * interval '1 ms'`)) as unknown as {
    readonly rows: readonly unknown[];
  };
  return ended.length;
}
