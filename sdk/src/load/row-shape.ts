import { FatalError } from "../errors/millrace-error.ts";

interface ShapedColumn {
  readonly key: string;
  readonly name: string;
  readonly hasDefault: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * The columns that rows like this one write: all but those that have a default and are not given.
 * Raises FatalError ROW_UNKNOWN_KEY for a property that is no column.
 */
export function writtenColumns<Column extends ShapedColumn>(columns: readonly Column[], row: Row): Column[] {
  const unknown = Object.keys(row).filter(
    (key) => row[key] !== undefined && !columns.some((column) => column.key === key),
  );
  if (unknown.length > 0) {
    throw new FatalError(
      "ROW_UNKNOWN_KEY",
      `Rows have ${unknown.map((key) => `"${key}"`).join(", ")}, which is no column of the target`,
      {
        fix: "Leave it out in `transform` or `record`, or add the column to the table",
      },
    );
  }
  return columns.filter((column) => !column.hasDefault || row[column.key] !== undefined);
}

/** Raises FatalError COLUMN_SOMETIMES_GIVEN where a row gives a column with a default that the first one did not, or the reverse. */
export function shapeCheck<Column extends ShapedColumn>(
  columns: readonly Column[],
  written: readonly Column[],
): (row: Row) => void {
  const defaulted = columns
    .filter((column) => column.hasDefault)
    .map((column) => ({ column, given: written.includes(column) }));
  return (row) => {
    for (const { column, given } of defaulted) {
      if ((row[column.key] !== undefined) === given) continue;
      throw new FatalError(
        "COLUMN_SOMETIMES_GIVEN",
        `Some rows give "${column.key}" and some leave it to its default`,
        {
          fix: "Give it in every row, or in none",
        },
      );
    }
  };
}
