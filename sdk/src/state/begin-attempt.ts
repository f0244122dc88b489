import { sql } from "drizzle-orm";
import type { Json } from "../host/host.ts";
import { noCounts, type Counts } from "../record/counts.ts";
import type { Attempt, StateDatabase } from "./ledger.ts";
import { checkpoints, runs, type RunReport } from "./tables.ts";

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
  for (;;) {
    const begun = await tryToBegin(db, start);
    if (begun !== null) return begun;
  }
}

type Found = {
  readonly run_id: string | null;
  readonly epoch: string;
  readonly status: Previous["status"];
  readonly position: string;
  readonly source: string | null;
  readonly cursor: Json | null;
  readonly counts: Counts;
  /** The epoch of the attempt that has begun; null where none has. */
  readonly begun: string | null;
  readonly own_counts: Counts | null;
  readonly own_data_version: string | null;
  readonly own_report: RunReport | null;
};

/**
 * One statement, and so one round trip. It sees the ledger as it was when it began: where it had to wait for another's
 * transaction since, what it has locked is newer than what else it sees. Then it does nothing, and null is returned.
 */
async function tryToBegin(db: StateDatabase, start: AttemptStart): Promise<Begun | null> {
  const { id, operator, partition, schedulerRunId, retryNumber } = start;
  const none = sql`${JSON.stringify(noCounts())}::jsonb`;
  const { rows } = (await db.execute(sql`
    WITH before AS MATERIALIZED (
      SELECT *, ctid AS place FROM ${checkpoints} WHERE operator = ${operator} AND partition = ${partition} FOR UPDATE
    ), settled AS MATERIALIZED (
      SELECT FROM before JOIN ${checkpoints} seen ON seen.operator = ${operator} AND seen.partition = ${partition} AND seen.ctid = place
    ), own AS MATERIALIZED (
      SELECT run.counts, data_version, report FROM ${runs} run JOIN before ON before.status = 'finished' AND EXISTS (SELECT FROM settled)
      WHERE run.operator = ${operator} AND run.partition = ${partition} AND run.status = 'finished' AND report IS NOT NULL
        AND scheduler_run_id = ${schedulerRunId} AND run.epoch = (
          SELECT max(epoch) FROM ${runs} WHERE operator = ${operator} AND partition = ${partition} AND status = 'finished')
      LIMIT 1
    ), now AS (
      INSERT INTO ${checkpoints} AS kept (operator, partition, epoch, run_id, status, position, counts)
      SELECT ${operator}, ${partition}, 1, ${id}::uuid, 'running', 0, ${none}
      WHERE NOT EXISTS (SELECT FROM own) AND NOT EXISTS (SELECT FROM before WHERE run_id = ${id}::uuid)
        AND (EXISTS (SELECT FROM settled) OR NOT EXISTS (SELECT FROM before))
      ON CONFLICT (operator, partition) DO UPDATE SET epoch = kept.epoch + 1, run_id = excluded.run_id, updated_at = now()
        WHERE EXISTS (SELECT FROM settled)
      RETURNING epoch
    ), run AS (
      INSERT INTO ${runs} (id, operator, partition, epoch, scheduler_run_id, retry_number, status, counts)
      SELECT ${id}::uuid, ${operator}, ${partition}, epoch, ${schedulerRunId}, ${retryNumber}::integer, 'running', ${none} FROM now
    )
    SELECT before.run_id, before.epoch, before.status, before.position, before.source, before.cursor, before.counts,
      now.epoch AS begun, own.counts AS own_counts, own.data_version AS own_data_version, own.report AS own_report
    FROM (SELECT) one LEFT JOIN before ON true LEFT JOIN now ON true LEFT JOIN own ON true`)) as unknown as {
    readonly rows: readonly Found[];
  };
  const found = rows[0]!;
  const previous = found.run_id === null ? null : previousOf(found);
  const began = found.run_id === id ? found.epoch : found.begun;
  if (began !== null) return { attempt: { id, operator, partition, epoch: Number(began) }, previous };
  const { own_counts: counts, own_data_version: dataVersion, own_report: report } = found;
  return counts === null || report === null ? null : { finishedBefore: { counts, dataVersion, report } };
}

function previousOf({ status, position, source, cursor, counts }: Found): Previous {
  return { status, position: Number(position), source, cursor, counts };
}
