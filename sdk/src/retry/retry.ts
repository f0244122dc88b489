import { setTimeout as timer } from "node:timers/promises";
import { isRetryable } from "./is-retryable.ts";
import { retryAfterMs } from "./retry-after.ts";
import { backoffMs, retryPolicy, type RetryPolicy } from "./retry-policy.ts";

export interface RetryAttempt {
  /** From 1. */
  readonly number: number;
  /** The signal given to `retry`: pass it on to what the work waits for. */
  readonly signal: AbortSignal;
}

export interface FailedAttempt {
  /** From 1. */
  readonly number: number;
  readonly error: unknown;
  /** How long is waited before the next one, in milliseconds. */
  readonly delayMs: number;
}

export interface RetryOptions {
  /** Once aborted, no attempt begins, a wait ends, and the signal's reason is raised. */
  readonly signal?: AbortSignal;
  /** Called before each wait, and waited for: for a log, or for what may help the next attempt. */
  readonly onRetry?: (failed: FailedAttempt) => unknown;
  /** Which errors can pass. Default: `isRetryable`. */
  readonly retryable?: (error: unknown) => boolean;
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Resolves after `ms`, or rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Does `work`, again after a while where it failed with what can pass, and returns what it returns.
 *
 * The work is done again from its beginning, so it must be whole: where it writes to a database, it is the transaction
 * from BEGIN to COMMIT on a connection of its own, never a statement within one (after an error PostgreSQL has rolled the
 * others back). Where the connection was lost at COMMIT, nobody knows whether it happened: work that is not idempotent has
 * to look first.
 *
 * Raises the last error, with `attempts` (how many there were) and a note of it in the message; one that can not pass at
 * once; the signal's reason when it is aborted.
 */
export async function retry<T>(
  work: (attempt: RetryAttempt) => T | Promise<T>,
  policy: Partial<RetryPolicy> = {},
  options: RetryOptions = {},
): Promise<T> {
  const {
    signal = new AbortController().signal,
    onRetry,
    retryable = isRetryable,
    random = Math.random,
    sleep = wait,
  } = options;
  const limits = retryPolicy(policy);
  for (let number = 1; ; number += 1) {
    signal.throwIfAborted();
    try {
      return await work({ number, signal });
    } catch (error) {
      signal.throwIfAborted();
      const floorMs = retryAfterMs(error) ?? 0;
      if (number >= limits.maxAttempts || floorMs > limits.maxRetryAfterMs || !retryable(error))
        throw noteAttempts(error, number);
      const backoff = backoffMs(limits, number);
      // Jitter goes on top of what the other side asked for: not everybody is to come back at that very moment.
      const delayMs = limits.jitter === "full" ? floorMs + random() * backoff : Math.max(floorMs, backoff);
      await onRetry?.({ number, error, delayMs });
      await sleep(delayMs, signal).catch((reason: unknown) => {
        signal.throwIfAborted();
        throw reason;
      });
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await timer(ms, undefined, { signal });
}

/** The error itself, with how often it was tried; what of it can not be changed stays as it is. */
function noteAttempts(error: unknown, attempts: number): unknown {
  if (!(error instanceof Error)) return error;
  Reflect.set(error, "attempts", attempts);
  if (attempts > 1) Reflect.set(error, "message", `${error.message} (tried ${attempts} times)`);
  return error;
}
