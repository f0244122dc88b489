/** The values of a row by its columns' names, as the source has them. */
export type ChangedValues = Readonly<Record<string, unknown>>;

/** A change of one row at a source, whatever tells of it. */
export interface ChangeEvent {
  /** `truncate`: all rows that were there before are gone. */
  readonly operation: "insert" | "update" | "delete" | "truncate";
  /** What is known of the row as it was: its key at least where it was deleted, or its key has changed. */
  readonly before: ChangedValues | null;
  /** The row as it is now; null where it is gone. */
  readonly after: ChangedValues | null;
  /** Grows with each change of a row: an LSN such as `16/B374D848`, or a number as text. */
  readonly sequence: string;
  /** When, as an ISO string; null where nobody says. */
  readonly at: string | null;
}
