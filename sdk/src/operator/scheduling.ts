import { requireCron } from "./partitions/cron-ticks.ts";

/** What an operator asks of its scheduler; the scheduler's definitions may override it. */
export interface SchedulingOptions {
  /** When the scheduler tries a failed run again; it goes on where it stopped. Not for what trying again can not help. */
  readonly retry?: RetryOptions;
  /** The scheduler's pool that limits how many run at once. */
  readonly pool?: string;
  /** When the scheduler runs it by itself; never by default. */
  readonly automation?: Automation;
  /** How old the data may become. */
  readonly freshness?: Freshness;
}

export interface RetryOptions {
  /** Attempts after the first one, at least 1. */
  readonly maxRetries: number;
  /** Before the next attempt. Default 0. */
  readonly delaySeconds?: number;
  /** How the delay grows with each attempt; it stays as it is by default. */
  readonly backoff?: "linear" | "exponential";
  /** Spreads attempts that failed together: the delay is a random part of itself, or a little more or less. */
  readonly jitter?: "full" | "plus-minus";
}

export type Automation =
  /** Whenever something that it depends on has new data. */
  | "eager"
  /** Once for each partition that is missing, as soon as what it depends on is there. */
  | "on-missing"
  /** At each tick of the schedule, once everything that it depends on has new data since. */
  | { readonly cron: string; readonly timeZone?: string };

export type Freshness =
  /** The newest data may be so old; `warnMinutes` is below `failMinutes`. */
  | { readonly failMinutes: number; readonly warnMinutes?: number }
  /** New data has come by each tick of `deadlineCron`, not earlier than so many minutes before it. */
  | { readonly deadlineCron: string; readonly withinMinutes: number; readonly timeZone?: string };

/** The same with all defaults, as it stands in the manifest. */
export interface Scheduling {
  readonly retry:
    | (Required<Pick<RetryOptions, "maxRetries" | "delaySeconds">> & {
        readonly backoff: RetryOptions["backoff"] | null;
        readonly jitter: RetryOptions["jitter"] | null;
      })
    | null;
  readonly pool: string | null;
  readonly automation: "eager" | "on-missing" | { readonly cron: string; readonly timeZone: string } | null;
  readonly freshness:
    | { readonly failMinutes: number; readonly warnMinutes: number | null }
    | { readonly deadlineCron: string; readonly withinMinutes: number; readonly timeZone: string }
    | null;
}

/** Fills in the defaults; raises TypeError where a number or a schedule makes no sense. */
export function scheduling({ retry, pool, automation, freshness }: SchedulingOptions): Scheduling {
  return {
    retry: retry ? fullRetry(retry) : null,
    pool: pool ?? null,
    automation: automation ? fullAutomation(automation) : null,
    freshness: freshness ? fullFreshness(freshness) : null,
  };
}

function fullRetry({ maxRetries, delaySeconds = 0, backoff, jitter }: RetryOptions): Scheduling["retry"] {
  if (!Number.isInteger(maxRetries) || maxRetries < 1) throw new TypeError(`retry.maxRetries is ${maxRetries}`);
  if (!(delaySeconds >= 0)) throw new TypeError(`retry.delaySeconds is ${delaySeconds}`);
  return { maxRetries, delaySeconds, backoff: backoff ?? null, jitter: jitter ?? null };
}

function fullAutomation(automation: Automation): Scheduling["automation"] {
  if (typeof automation === "string") return automation;
  requireCron(automation.cron);
  return { cron: automation.cron, timeZone: automation.timeZone ?? "UTC" };
}

function fullFreshness(freshness: Freshness): Scheduling["freshness"] {
  if ("deadlineCron" in freshness) {
    const { deadlineCron, withinMinutes, timeZone = "UTC" } = freshness;
    requireCron(deadlineCron);
    if (!(withinMinutes > 0)) throw new TypeError(`freshness.withinMinutes is ${withinMinutes}`);
    return { deadlineCron, withinMinutes, timeZone };
  }
  const { failMinutes, warnMinutes = null } = freshness;
  if (!(failMinutes > 0)) throw new TypeError(`freshness.failMinutes is ${failMinutes}`);
  if (warnMinutes !== null && !(warnMinutes > 0 && warnMinutes < failMinutes))
    throw new TypeError(`freshness.warnMinutes is ${warnMinutes}, not between 0 and failMinutes`);
  return { failMinutes, warnMinutes };
}
