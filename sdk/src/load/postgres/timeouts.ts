/** How long PostgreSQL may take before a load is given up, or its transaction tried again: all in milliseconds, from 1. */
export interface DatabaseTimeouts {
  /** For a lock that another holds. Default 60,000. */
  readonly lockMs: number;
  /** For a single statement, such as the COPY or the merge of a chunk. Default 3,600,000. */
  readonly statementMs: number;
  /** For the process itself between two statements of a transaction. Default 600,000. */
  readonly idleMs: number;
}

/** A load that hangs is worse than one that fails. */
export const DATABASE_TIMEOUTS: DatabaseTimeouts = { lockMs: 60_000, statementMs: 3_600_000, idleMs: 600_000 };
