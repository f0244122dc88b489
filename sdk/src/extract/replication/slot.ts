import type pg from "pg";
import { FatalError, RetryableError } from "../../errors/millrace-error.ts";
import { notReplicated } from "./publication.ts";
import { lsnText, parseLsn } from "./lsn.ts";

/** Makes the slot where there is none, and returns from where on it keeps changes. Raises what PostgreSQL says. */
export async function openSlot(client: pg.Client, slot: string): Promise<bigint> {
  const present = await findSlot(client, slot);
  if (present !== null) return present;
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput')",
    [slot],
  );
  return parseLsn(rows[0]!.lsn);
}

/**
 * Tells the slot that all before `lsn` is committed at the target, so that the server need not keep it any longer.
 * Raises FatalError SLOT_LOST where it does not keep all behind it, RetryableError SLOT_BUSY.
 */
export async function confirm(client: pg.Client, slot: string, lsn: bigint): Promise<void> {
  const confirmed = await findSlot(client, slot);
  if (confirmed === null) throw lost(slot, "is gone");
  if (confirmed > lsn) throw lost(slot, `has been read by another up to ${lsnText(confirmed)}`);
  if (confirmed < lsn) await client.query("SELECT pg_replication_slot_advance($1, $2::pg_lsn)", [slot, lsnText(lsn)]);
}

async function findSlot(client: pg.Client, slot: string): Promise<bigint | null> {
  const { rows } = await client.query<{
    lsn: string | null;
    plugin: string;
    active: boolean;
    status: string | null;
    here: boolean;
  }>(
    `SELECT confirmed_flush_lsn::text AS lsn, plugin, active, wal_status AS status, database = current_database() AS here
FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  const [found] = rows;
  if (found === undefined) return null;
  const { lsn, plugin, active, status, here } = found;
  if (plugin !== "pgoutput" || !here) {
    throw notReplicated(
      `slot ${slot} is another database's, or not of pgoutput`,
      "Name a slot of its own for this operator",
    );
  }
  if (status === "lost" || lsn === null) throw lost(slot, "has fallen behind so far that the server gave it up");
  if (active) {
    throw new RetryableError("SLOT_BUSY", `Another is reading replication slot ${slot}`, {
      fix: "Give each operator a slot of its own",
    });
  }
  return parseLsn(lsn);
}

function lost(slot: string, what: string): FatalError {
  return new FatalError("SLOT_LOST", `Replication slot ${slot} ${what}: changes of the source are missing`, {
    fix: "Remove the operator's line in millrace.checkpoints, and what is left of the slot with pg_drop_replication_slot: the next run loads the table anew",
  });
}

/**
 * A place in the log behind all transactions that have committed: where a run's reading ends. The log's end is not told
 * exactly by any function, so that a record is written, of which it is.
 */
export async function endOfLog(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT pg_logical_emit_message(true, 'millrace', '')::text AS lsn",
  );
  return parseLsn(rows[0]!.lsn);
}
