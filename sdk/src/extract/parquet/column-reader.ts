/** A column of a row group, from its first row on or a later one. */
export interface ColumnReader {
  /** The next values, as many as asked for. Raises Error where there are fewer. */
  read(count: number): Promise<ArrayLike<unknown>>;
}
