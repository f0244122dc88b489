import { FatalError } from "../../errors/millrace-error.ts";

export interface ReplaceSize {
  /** Fewer rows are refused. */
  readonly minRows: number;
  /** The share of the present rows that may vanish. */
  readonly maxShrink: number;
  /** Of the source. */
  readonly rows: number;
  /** Of the target. */
  readonly present: number;
}

/** Raises FatalError REPLACE_TOO_SMALL, REPLACE_SHRANK: whoever replaces rows had better not lose them to a source that is broken. */
export function checkSize(target: string, { minRows, maxShrink, rows, present }: ReplaceSize): void {
  if (rows < minRows) {
    throw new FatalError(
      "REPLACE_TOO_SMALL",
      `The source has ${rows} rows, fewer than minRows (${minRows}); the ${present} rows of ${target} are kept`,
      {
        fix: "Look at the source; if it is right, lower `minRows`",
      },
    );
  }
  if (present - rows > present * maxShrink) {
    throw new FatalError(
      "REPLACE_SHRANK",
      `The source has ${rows} rows and ${target} ${present}: more than ${maxShrink * 100} % would vanish; the table is kept`,
      {
        fix: "Look at the source; if it is right, raise `maxShrink`",
      },
    );
  }
}
