import { setTimeout as delay } from "node:timers/promises";
import { MillraceError, RetryableError } from "../errors/millrace-error.ts";
import { databaseError } from "../load/postgres/database-error.ts";
import { databaseMayRecover } from "../load/postgres/database-retry.ts";
import { retry, type RetryOptions } from "../retry/retry.ts";
import type { RetryPolicy } from "../retry/retry-policy.ts";

export interface SteadyOptions {
  readonly signal: AbortSignal;
  /** How long it may take at most. Default 600,000. */
  readonly deadlineMs?: number;
  /** See `RetryOptions`. */
  readonly onRetry?: RetryOptions["onRetry"];
}

/** A few seconds of waiting at most: what is wrong for longer is mostly wrong for good. */
const POLICY: Partial<RetryPolicy> = { maxAttempts: 5, delayMs: 500, factor: 2, maxDelayMs: 4000 };

/**
 * Asks the database for something, again where it may recover from what it said, and never for ever. Work that writes must
 * be such that it can be done twice. Raises what `databaseError` makes of what it said last.
 */
export async function steady<T>(
  work: () => Promise<T>,
  { signal, deadlineMs = 600_000, onRetry }: SteadyOptions,
): Promise<T> {
  try {
    return await retry(() => inTime(work(), deadlineMs), POLICY, {
      signal,
      ...(onRetry && { onRetry }),
      retryable: (error) => databaseMayRecover(error) && !isSilent(error),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw databaseError(error);
  }
}

/** The connection that has not answered would not answer the next question either. */
function isSilent(error: unknown): boolean {
  return error instanceof MillraceError && error.code === "DATABASE_SILENT";
}

async function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const stop = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: stop.signal }).then(() => {
    throw new RetryableError("DATABASE_SILENT", `PostgreSQL has not answered in ${deadlineMs / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}
