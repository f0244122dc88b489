import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";

/** What a server holds for those who have left. */
export interface ServerState {
  readonly connections: number;
  readonly locks: number;
  /** Temporary tables, and any of Millrace's that lie outside of its schema. */
  readonly staging: number;
  readonly relations: number;
  /** Bytes of Millrace's tables that are not to grow with each run, indexes included. */
  readonly stateBytes: number;
  readonly stateDead: number;
  readonly tombstones: number;
  /** Attempts in the ledger, and dead letters: these do grow, by what was run. */
  readonly ledger: number;
  readonly deadLetters: number;
  readonly catalogueBytes: number;
}

/** As it is once nobody else is connected, or after ten seconds. */
export async function serverState(sql: Sql): Promise<ServerState> {
  const connections = async () => {
    const [row] =
      await sql`SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()`;
    return row!["count"] as number;
  };
  for (let wait = 0; wait < 100 && (await connections()) > 0; wait += 1) await delay(100);
  const [state] = await sql<Omit<ServerState, "connections">[]>`
    SELECT (SELECT count(*)::int FROM pg_locks WHERE pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks,
      (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE relkind IN ('r', 'S') AND (relpersistence = 't' OR (relname LIKE 'millrace%' AND nspname <> 'millrace'))) AS staging,
      (SELECT count(*)::int FROM pg_class) AS relations,
      pg_total_relation_size('millrace.checkpoints')::int + pg_total_relation_size('millrace.tombstones')::int AS "stateBytes",
      (SELECT sum(n_dead_tup)::int FROM pg_stat_user_tables WHERE schemaname = 'millrace') AS "stateDead",
      (SELECT count(*)::int FROM millrace.tombstones) AS tombstones,
      (SELECT count(*)::int FROM millrace.runs) AS ledger,
      (SELECT count(*)::int FROM millrace.dead_letters) AS "deadLetters",
      (SELECT sum(pg_total_relation_size(oid))::int FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r') AS "catalogueBytes"`;
  return { connections: await connections(), ...state! };
}
