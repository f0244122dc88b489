import type { Column } from "drizzle-orm";
import { partitionCheck, type PartitionBounds } from "../load/partition-bounds.ts";
import { stagedColumns } from "../load/postgres/changes/change-columns.ts";
import { changeEncoder } from "../load/postgres/changes/change-encoder.ts";
import { rowEncoder, type RowEncoder } from "../load/postgres/copy-text.ts";
import { driverValue } from "../load/postgres/driver-value.ts";
import { sentColumns, type RowEncoding } from "../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../load/postgres/target-columns.ts";
import type { RowBuffer } from "../load/row-buffer.ts";
import { shapeCheck, writtenColumns } from "../load/row-shape.ts";

/** The partition that rows must lie in, by this column. */
export interface Within {
  readonly column: Column;
  readonly bounds: PartitionBounds;
}

export interface RowLines {
  /** The columns that a line has, in its order. */
  readonly columns: readonly TargetColumn[];
  /** Adds a row as a line of COPY text. Raises RecordError, and FatalError COLUMN_SOMETIMES_GIVEN. */
  readonly add: (row: Row, out: RowBuffer) => void;
}

type Row = Readonly<Record<string, unknown>>;

/** How rows (or changes) shaped like this one become lines. Raises FatalError ROW_UNKNOWN_KEY. */
export function rowLines(
  like: Row,
  { encoding, within }: { readonly encoding: RowEncoding; readonly within: Within | null },
): RowLines {
  const { columns, hash, changes } = encoding;
  if (changes !== null) {
    const encode = changeEncoder(changes) as unknown as RowEncoder;
    return { columns: stagedColumns(changes), add: (row, out) => out.add(encode(row), null) };
  }
  const written = writtenColumns(columns, like);
  const encode = rowEncoder(written);
  const check = shapeCheck(columns, written);
  const guard = within && partitionGuard(within, columns);
  return {
    columns: sentColumns(encoding, written),
    add: (row, out) => {
      check(row);
      guard?.(row);
      out.add(encode(row), hash);
    },
  };
}

function partitionGuard({ column, bounds }: Within, columns: readonly TargetColumn[]): (row: Row) => void {
  const { key } = columns.find(({ name }) => name === column.name)!;
  const check = partitionCheck(key, bounds);
  const toDriver = driverValue(column);
  return (row) => {
    const given = toDriver(row[key] ?? null);
    check(given === null ? null : given instanceof Date ? given.toISOString() : String(given));
  };
}
