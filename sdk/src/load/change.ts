/** A change of one row at the source, as the transform of an operator with `applyChanges` returns it. */
export type Change<Row, Key extends keyof Row, Sequence extends keyof Row, SoftDelete extends keyof Row = never> =
  | Written<Row, Key, Sequence, SoftDelete>
  | Deleted<Row, Key, Sequence>
  | Truncated<Row, Sequence>;

interface Written<Row, Key extends keyof Row, Sequence extends keyof Row, SoftDelete extends keyof Row> {
  /** All three do the same: the row is there afterwards, unless a later change says otherwise. */
  readonly operation: "insert" | "update" | "upsert";
  /** The whole row as it is now; the column that marks deleted rows is not given. */
  readonly row: Omit<Row, SoftDelete> & Given<Row, Sequence>;
  /** The key that the row had before, where an update has changed it: the row with that key is deleted. */
  readonly previousKey?: Given<Row, Key> | null;
}

interface Deleted<Row, Key extends keyof Row, Sequence extends keyof Row> {
  readonly operation: "delete";
  /**
   * Key and sequence; the column that marks deleted rows may say when it was, else it says when it was loaded. Anything else
   * is not looked at: a row that stays keeps its last values.
   */
  readonly row: Given<Row, Key | Sequence> & Partial<Row>;
}

/** All rows that are older than this are gone. */
interface Truncated<Row, Sequence extends keyof Row> {
  readonly operation: "truncate";
  readonly row: Given<Row, Sequence> & Partial<Row>;
}

type Given<Row, Column extends keyof Row> = { readonly [key in Column]-?: NonNullable<Row[key]> };

/** A change whatever its table: what the engine works with. */
export interface AnyChange {
  readonly operation: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly previousKey?: Readonly<Record<string, unknown>> | null;
}

/** A change as one row, for people. */
export function flatChange({ operation, row }: AnyChange): Readonly<Record<string, unknown>> {
  return { operation, ...row };
}
