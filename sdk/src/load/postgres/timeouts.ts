/** How long PostgreSQL may take before a load is given up, or its transaction tried again: all in milliseconds, from 1. */
export interface DatabaseTimeouts {
  /** For a lock that another holds. Default 60,000. */
  readonly lockMs: number;
  /** For a single statement, such as the COPY or the merge of a chunk, or a check. Default 3,600,000. */
  readonly statementMs: number;
  /** For the process itself between two statements of a transaction. Default 600,000. */
  readonly idleMs: number;
}

/** A load that hangs is worse than one that fails. */
export const DATABASE_TIMEOUTS: DatabaseTimeouts = { lockMs: 60_000, statementMs: 3_600_000, idleMs: 600_000 };

/** So much later than the server, or as much again, does this side give a statement up: by then the server must have vanished. */
const GRACE_MS = 15_000;

/** How long at most nothing may be heard of a server that is at work on a statement. */
export function longestSilenceMs({ statementMs }: DatabaseTimeouts): number {
  return statementMs + Math.min(statementMs, GRACE_MS);
}

/** The server too finds out in minutes, not hours, that the other side has vanished: until then it holds its locks. */
const VANISHED = "SET tcp_keepalives_idle = 60; SET tcp_keepalives_interval = 15; SET tcp_keepalives_count = 4";

/** SQL for the beginning of a session that must not keep its locks, nor wait, for longer. */
export function timeoutSettings({ lockMs, statementMs, idleMs }: DatabaseTimeouts): string {
  return `SET lock_timeout = ${lockMs}; SET statement_timeout = ${statementMs}; SET idle_in_transaction_session_timeout = ${idleMs}; ${VANISHED}`;
}
