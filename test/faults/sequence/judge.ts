import { faultNamed } from "../fault/faults.ts";
import { beginningOf, slotOf, type State } from "../model/fold.ts";
import { partitionOf, type ModelledOperator } from "../model/operators.ts";
import { timeouts } from "../project/items.ts";
import type { Ending } from "../world/launch.ts";
import type { Step } from "./sequence.ts";

/** A process that a step has started. */
export interface Run {
  readonly source: number;
  /** The operator that it runs, or its twin. */
  readonly by: string;
  readonly days: readonly number[];
  /** The one that the step is about. */
  readonly first: boolean;
}

export type Ended = Run & Ending;

export interface JudgeOptions {
  readonly before: State;
  readonly after: State;
  readonly endings: readonly Ended[];
  /** How long the fault took, for which it may have kept a statement from going on. */
  readonly faultMs: number;
}

/** Faults after which the process has no choice but to end. */
const ENDS = ["kill", "term", "orphan", "step", "worker"];

/** Holds how the processes ended to what befell them: what is wrong with it, or null. */
export function judge(
  operator: ModelledOperator,
  step: Step,
  { before, after, endings, faultMs }: JudgeOptions,
): string | null {
  const alone = endings.length === 1;
  for (const run of endings) {
    const { by, days, source, first, signal } = run;
    const ends = first && ENDS.includes(step.fault);
    if (signal !== null && !ends) return `a process was ended by ${signal}`;
    for (const day of days) {
      const slot = slotOf(operator, { by, day });
      const reached = after.progress.get(slot);
      const error = errorOf(run, partitionOf(operator, day));
      if (error === null) {
        if (reached?.finished !== true) return `a run says that ${slot} is done, and it is not`;
        if (alone && reached.source !== source) return `a run says that ${slot} is done, and another source is loaded`;
        continue;
      }
      if (ends) continue;
      if (!/\[[A-Z_]+\]/.test(error)) return `a process failed and did not say why: ${error}`;
      if (!alone && step.fault !== "twin" && error.includes("[FENCED]")) continue;
      if (operator.way === "append" && error.includes("[SOURCE_CHANGED]")) {
        if (!alone || beginningOf(operator, before.progress.get(slot) ?? null, source) === "refused") continue;
      }
      // PostgreSQL ends no session that has gone silent within a COPY: its locks last until its process goes on, and then its
      // time is over.
      if (first && faultMs >= timeouts.statementMs && error.includes("statement timeout")) continue;
      if (!first && step.fault === "zombie" && error.includes("[DATABASE_BUSY]")) continue;
      if (first && step.fault !== "none" && !faultNamed(step.fault).passes && alone) continue;
      return `a run of ${slot} failed that should have come through`;
    }
  }
  return null;
}

/** What a process has said of a partition that failed; null of one that is done. */
function errorOf({ ok, error, failures, days }: Ended, partition: string): string | null {
  if (ok) return null;
  if (days.length === 1) return error;
  return failures.get(partition) ?? (error.includes("[PARTITIONS_FAILED]") ? null : error);
}

export function describeEnding({ by, ok, error, failures, signal, source, log }: Ended): string {
  if (ok) return `${by}, source ${source}: done`;
  const last = log.trimEnd().split("\n").slice(-6);
  const said = [...failures].map(([partition, failure]) => `${partition}: ${failure}`);
  return [
    `${by}, source ${source}: ${signal ?? "failed"} ${error.slice(0, 600)}`,
    ...[...said, ...last].map((line) => `    ${line.slice(0, 400)}`),
  ].join("\n");
}
