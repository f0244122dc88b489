import pg from "pg";
import { MillraceError } from "../../errors/millrace-error.ts";
import { isRetryable } from "../../retry/is-retryable.ts";
import type { RetryPolicy } from "../../retry/retry-policy.ts";

/** For a server that restarts, connections that are lost or can not be had, locks and deadlocks: half a minute of waiting at most. */
export const DATABASE_RETRY: Partial<RetryPolicy> = { maxAttempts: 8, delayMs: 500, factor: 2, maxDelayMs: 8000 };

/** Whether an error of the database can pass; others' errors are for others to try again. */
export function databaseMayRecover(error: unknown): boolean {
  return isRetryable(error) && !(error instanceof MillraceError && !error.code.startsWith("DATABASE_"));
}

/** Whether the connection is still there after an error. */
export function isConnected(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === "ERROR";
}
