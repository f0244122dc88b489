/** One load, and what befalls it. */
export interface Step {
  /** Which source it loads. */
  readonly source: number;
  /** Which of the two days, of an operator with partitions. */
  readonly day: number;
  /** A name of `faults`; `none` where nothing does. */
  readonly fault: string;
  /** At the how manieth message to the server it strikes. */
  readonly at: number;
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

/** A step as a line of text. */
export function describeStep({ source, day, fault, at, delivered, other }: Step): string {
  const load = `load source ${source} of day ${day}`;
  if (fault === "none") return load;
  return `${load}; ${fault} at message ${at}, ${delivered ? "delivered" : "not delivered"} (other source: ${other})`;
}
