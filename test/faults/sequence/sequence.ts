import type { ModelledOperator } from "../model/operators.ts";

/** One load, and what befalls it. */
export interface Step {
  /** Which source it loads. */
  readonly source: number;
  /** Which of the two days, of an operator with partitions; 2 for both of them by one process at the same time. */
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

/** The days that a step loads, by number. */
export function daysOf({ partitioned }: ModelledOperator, { day }: Pick<Step, "day">): readonly number[] {
  if (!partitioned) return [0];
  return day === 2 ? [0, 1] : [day];
}

/** A step as a line of text. */
export function describeStep({ source, day, fault, at, instant, delivered, other }: Step): string {
  const load = `load source ${source} of ${day === 2 ? "both days" : `day ${day}`}`;
  if (fault === "none") return load;
  return `${load}; ${fault} at ${instant} ${at}, ${delivered ? "delivered" : "not delivered"} (other source: ${other})`;
}
