import type { ModelledOperator } from "../model/operators.ts";

/** One load, and what befalls it. */
export interface Step {
  /** Which source it loads. */
  readonly source: number;
  /** Of an operator with partitions: which of the two days; 2 for both of them by one process at the same time, 3 one after the other. */
  readonly day: number;
  /** A name of `faults`; `none` where nothing does. */
  readonly fault: string;
  /** At the how manieth message to the server, or COMMIT of rows, it strikes. */
  readonly at: number;
  readonly instant: "message" | "commit";
  /** Whether the server gets that message. */
  readonly delivered: boolean;
  /** Which source others load that start meanwhile. */
  readonly other: number;
}

/** Loads of one operator, into a database of their own. */
export interface Sequence {
  readonly operator: string;
  /** The database has Millrace's own tables already. */
  readonly prepared: boolean;
  readonly steps: readonly Step[];
}

const DAYS = ["day 0", "day 1", "both days at once", "both days, one after the other"];

/** The days that a step loads, by number. */
export function daysOf({ partitioned }: ModelledOperator, { day }: Pick<Step, "day">): readonly number[] {
  if (!partitioned) return [0];
  return day >= 2 ? [0, 1] : [day];
}

/** How many of its days a step loads at a time. */
export function parallelOf(operator: ModelledOperator, step: Pick<Step, "day">): number {
  return step.day === 3 ? 1 : daysOf(operator, step).length;
}

/** A step as a line of text. */
export function describeStep({ source, day, fault, at, instant, delivered, other }: Step): string {
  const load = `load source ${source} of ${DAYS[day]}`;
  if (fault === "none") return load;
  return `${load}; ${fault} at ${instant} ${at}, ${delivered ? "delivered" : "not delivered"} (other source: ${other})`;
}
