import { FatalError } from "../errors/millrace-error.ts";
import type { Counts } from "../record/counts.ts";

/** How many bad records a partition may have. Beyond, the run fails and the dead letters are kept. */
export interface RejectLimits {
  /** In records, per partition. Default: no limit. */
  readonly max: number;
  /** As a share of the records read, 0 to 1, judged at the end of a partition. Default 0.1. */
  readonly maxRatio: number;
}

/** Raises FatalError TOO_MANY_REJECTS; the ratio counts only once the whole source has been read. */
export function checkRejects(counts: Counts, limits: RejectLimits, atEnd: boolean): void {
  const { rejected, read } = counts;
  const tooMany = rejected > limits.max;
  if (!tooMany && !(atEnd && rejected > read * limits.maxRatio)) return;
  const limit = tooMany ? `at most ${limits.max}` : `at most ${limits.maxRatio * 100} %`;
  throw new FatalError("TOO_MANY_REJECTS", `${rejected} of ${read} records were rejected, ${limit} may be`, {
    fix: "Look at them in millrace.dead_letters; mend the source or the operator, or raise `rejects`",
    details: { rejected, read },
  });
}
