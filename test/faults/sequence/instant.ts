import type { ModelledOperator } from "../model/operators.ts";
import type { Instant } from "../proxy.ts";
import { daysOf, type Step } from "./sequence.ts";

/** When a step's fault strikes. */
export function instantOf(operator: ModelledOperator, step: Step): Instant {
  const { at, instant, delivered } = step;
  const { length: loaded } = daysOf(operator, step);
  if (instant === "commit") {
    // Those of the state are written in small letters.
    let left = operator.way === "whole" ? 1 + (at % loaded) : at * loaded;
    return { when: ({ sql }) => sql === "COMMIT" && (left -= 1) === 0, delivered };
  }
  // Several partitions say as much more.
  const chosen = Math.max(1, at) * loaded;
  return { when: ({ number }) => number === chosen, delivered };
}
