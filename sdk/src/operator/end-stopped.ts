import { databaseError } from "../load/postgres/database-error.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { FailedAttempt } from "../retry/retry.ts";
import { endStoppedAttempts } from "../state/stopped-attempts.ts";
import type { PartitionRun } from "./partition-run.ts";

type OnRetry = (failed: FailedAttempt) => Promise<void>;

const LOCK_NOT_AVAILABLE = "55P03";

/** Where a lock was not had in time, sees to it that no earlier attempt holds it whose process is stopped. */
export function endStopped(run: PartitionRun): OnRetry {
  const { operator, partition, attemptId: id, state, log, dryRun } = run;
  return async ({ error }) => {
    if (dryRun !== undefined || !isLockTimeout(error)) return;
    const { idleMs } = operator.timeouts;
    const stopped = { operator: operator.name, partition: partition?.key ?? "", id, idleMs };
    const sessions = await endStoppedAttempts(state, stopped).catch(() => 0); // the next attempt hears what is wrong
    if (sessions > 0) log.warn("stopped_attempt_ended", { sessions });
  };
}

/** The same of a transaction that is tried again, which the log is told of. */
export function retrying(run: PartitionRun): OnRetry {
  const end = endStopped(run);
  return async (failed) => {
    const { number, error, delayMs } = failed;
    run.log.warn("database_retry", { attempt: number, delayMs: Math.round(delayMs), error });
    await end(failed);
  };
}

function isLockTimeout(error: unknown): boolean {
  const known = databaseError(error);
  return known instanceof MillraceError && known.details["sqlState"] === LOCK_NOT_AVAILABLE;
}
