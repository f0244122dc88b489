import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { FatalError, RetryableError } from "../../errors/millrace-error.ts";
import { quoted } from "../../load/postgres/target-columns.ts";
import type { Relation } from "./relation.ts";
import { SOURCE_APPLICATION } from "./source-connection.ts";
import type { OrderedBy } from "./watermark.ts";

/** Where a run's reading ends, whatever is written meanwhile: SQL that compares with it, and the value as text. */
export interface UpperBound {
  readonly operator: "<" | "<=";
  readonly value: string;
}

/** How long is waited for transactions that write to a table which is read by number. */
const SETTLE_MS = 60_000;
const POLL_MS = 50;

/**
 * A bound such that all rows below it are there for whoever looks after this has returned; null where there is none.
 * Raises FatalError HORIZON where nobody can tell, RetryableError SOURCE_BUSY.
 */
export async function upperBound(
  client: pg.Client,
  { relation, order, signal }: { readonly relation: Relation; readonly order: OrderedBy; readonly signal: AbortSignal },
): Promise<UpperBound | null> {
  const { watermark, columns, isTime } = order;
  if (!watermark.horizon) return null;
  const [column] = columns;
  if (isTime)
    return {
      operator: "<",
      value: await oldestTransaction(client, { type: column!.type, timeZone: watermark.timeZone }),
    };
  const { rows } = await client.query<{ newest: string | null }>(
    `SELECT max(${quoted(column!.name)})::text AS newest FROM ${relation.from}`,
  );
  const newest = rows[0]!.newest;
  if (newest === null) return null;
  await writersEnded(client, relation, signal);
  return { operator: "<=", value: newest };
}

/**
 * The start of the oldest transaction, or now. A transaction that this does not see has ended, so that its rows will be seen,
 * or begins later.
 */
async function oldestTransaction(
  client: pg.Client,
  { type, timeZone }: { readonly type: string; readonly timeZone: string },
): Promise<string> {
  const { rows } = await client.query<{ standby: boolean; sees: boolean; horizon: string }>(
    `SELECT pg_is_in_recovery() AS standby,
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees,
  CAST(CASE WHEN $1 = 'timestamp with time zone' THEN horizon::text ELSE (horizon AT TIME ZONE $2)::text END AS text) AS horizon
FROM (SELECT least(
  clock_timestamp(),
  (SELECT min(xact_start) FROM pg_stat_activity WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND pid <> pg_backend_pid() AND starts_with(application_name, $3) IS NOT TRUE),
  (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database())
) - make_interval(secs => $4) AS horizon) AS found`,
    [type.replace(PRECISION, ""), timeZone, SOURCE_APPLICATION, roundedBy(type)],
  );
  const { standby, sees, horizon } = rows[0]!;
  const problem = standby
    ? "it is a standby, where the primary's transactions can not be seen"
    : sees
      ? null
      : "this role may not see others' transactions";
  if (problem === null) return type === "date" ? horizon.slice(0, 10) : horizon;
  throw new FatalError("HORIZON", `Which rows of the source are still to be committed can not be told: ${problem}`, {
    fix: "GRANT pg_read_all_stats to the role and read the primary, or watermark(…, { horizon: false }) with a lag longer than any transaction",
  });
}

const PRECISION = /\((\d)\)/;

/** By so many seconds at most is a time of this type less than what it was made of. */
function roundedBy(type: string): number {
  const digits = Number(PRECISION.exec(type)?.[1] ?? 6);
  return digits === 6 ? 0 : 10 ** -digits;
}

/** Waits until the transactions that write to the table have ended: numbers that they have taken may be below the newest. */
async function writersEnded(client: pg.Client, { oid }: Relation, signal: AbortSignal): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  let writers = await ask(oid === null ? ANY_WRITERS : WRITERS, oid === null ? [] : [oid]);
  while (writers.length > 0) {
    if (performance.now() > until) {
      throw new RetryableError(
        "SOURCE_BUSY",
        `Transactions have been writing to the source's table for ${SETTLE_MS / 1000} s`,
        {
          fix: "Look at them in pg_stat_activity; watermark(…, { horizon: false }) does not wait for them",
        },
      );
    }
    await delay(POLL_MS, undefined, { signal });
    writers = await ask(STILL_THERE, [writers]);
  }

  async function ask(sql: string, values: readonly unknown[]): Promise<string[]> {
    const { rows } = await client.query<{ id: string }>(sql, [...values]);
    return rows.map(({ id }) => id);
  }
}

const WRITING =
  "locktype = 'relation' AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AND pid IS DISTINCT FROM pg_backend_pid()";
const WRITERS = `SELECT DISTINCT virtualtransaction AS id FROM pg_locks WHERE ${WRITING} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (relation = $1::oid OR relation IN (SELECT relid FROM pg_partition_tree($1::oid)))`;
const ANY_WRITERS = `SELECT DISTINCT virtualtransaction AS id FROM pg_locks WHERE ${WRITING} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation >= 16384`;
/** One that is prepared has no process. */
const STILL_THERE =
  "SELECT DISTINCT virtualtransaction AS id FROM pg_locks WHERE (locktype = 'virtualxid' OR pid IS NULL) AND virtualtransaction = ANY ($1)";
