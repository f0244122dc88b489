/** How often and how long to try. All times in milliseconds. */
export interface RetryPolicy {
  /** Attempts in all, the first included; 1 means no retry. Default 3. */
  readonly maxAttempts: number;
  /** Backoff before the second attempt. Default 1,000. */
  readonly delayMs: number;
  /** Each further backoff is this many times the one before; at least 1. Default 2. */
  readonly factor: number;
  /** No backoff is longer. Default 30,000. */
  readonly maxDelayMs: number;
  /** `full`: anything from 0 to the backoff, so that those who failed together do not come back together. Default `full`. */
  readonly jitter: "full" | "none";
  /** Where the other side asks for a longer wait than this, give up at once: the scheduler can wait better. Default 300,000. */
  readonly maxRetryAfterMs: number;
}

const DEFAULTS: RetryPolicy = {
  maxAttempts: 3,
  delayMs: 1000,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: "full",
  maxRetryAfterMs: 300_000,
};

/** The longest that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The policy with defaults for what it leaves out. Raises TypeError for numbers that make no sense. */
export function retryPolicy(given: Partial<RetryPolicy> = {}): RetryPolicy {
  const policy = { ...DEFAULTS, ...given };
  const { maxAttempts, delayMs, factor, maxDelayMs, maxRetryAfterMs } = policy;
  const isTime = (value: number) => value >= 0 && value <= MAX_TIMER_MS;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw new TypeError(`maxAttempts must be a whole number from 1: ${maxAttempts}`);
  if (!(factor >= 1)) throw new TypeError(`factor must be at least 1: ${factor}`);
  for (const [name, value] of Object.entries({ delayMs, maxDelayMs, maxRetryAfterMs })) {
    if (!isTime(value)) throw new TypeError(`${name} must lie between 0 and ${MAX_TIMER_MS} ms: ${value}`);
  }
  return policy;
}

/** The longest backoff after this many failed attempts, in milliseconds. */
export function backoffMs({ delayMs, factor, maxDelayMs }: RetryPolicy, failed: number): number {
  return Math.min(maxDelayMs, delayMs * factor ** (failed - 1));
}
