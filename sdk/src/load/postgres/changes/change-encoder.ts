import { RecordError } from "../../../errors/millrace-error.ts";
import type { AnyChange } from "../../change.ts";
import { shapeCheck, writtenColumns } from "../../row-shape.ts";
import { rowEncoder, type RowEncoder } from "../copy-text.ts";
import { Operation, type ChangeColumns } from "./change-columns.ts";
import { sequenceCheck } from "./sequence.ts";

const NULL = "\t\\N";
const WRITES = new Set(["insert", "update", "upsert"]);

/**
 * Encodes changes for the stage: the target's columns (see `ChangeColumns.all`), what is to be done, and the previous key.
 * Raises RecordError: see `rowEncoder`; CHANGE_OPERATION, SEQUENCE.
 */
export function changeEncoder(columns: ChangeColumns): (change: AnyChange) => string {
  const { key, sequence, others, softDelete } = columns;
  const checkSequence = sequenceCheck(sequence);
  const encodeKey = rowEncoder(key);
  const encodeDeleted = rowEncoder([...key, sequence]);
  const encodeSequence = rowEncoder([sequence]);
  const encodeMark = softDelete && rowEncoder([softDelete]);
  const noOthers = NULL.repeat(others.length);
  const noMark = softDelete === null ? "" : NULL;
  const notMoved = NULL.repeat(key.length);
  let encodeRow: RowEncoder | undefined;

  return ({ operation, row, previousKey }) => {
    checkSequence(row[sequence.key] ?? null);
    if (operation === "delete") {
      const mark = encodeMark === null ? "" : `\t${encodeMark(row)}`;
      return `${encodeDeleted(row)}${noOthers}${mark}\t${Operation.delete}${notMoved}`;
    }
    if (operation === "truncate") {
      columns.truncated = true;
      return `${NULL.repeat(key.length).slice(1)}\t${encodeSequence(row)}${noOthers}${encodeMark ? `\t${encodeMark(row)}` : ""}\t${Operation.truncate}${notMoved}`;
    }
    if (!WRITES.has(operation)) {
      throw new RecordError(
        "CHANGE_OPERATION",
        `"operation" is ${JSON.stringify(operation)}, and neither insert, update, upsert, delete nor truncate`,
        {
          field: "operation",
        },
      );
    }
    encodeRow ??= writtenRowEncoder(columns, row);
    const moved = previousKey == null ? notMoved : `\t${encodeKey(previousKey)}`;
    return `${encodeRow(row)}${noMark}\t${Operation.write}${moved}`;
  };
}

/** The encoder for rows shaped like this first one. */
function writtenRowEncoder(columns: ChangeColumns, row: AnyChange["row"]): RowEncoder {
  const given = [...columns.key, columns.sequence, ...columns.others];
  const written = writtenColumns(given, row);
  columns.written = written;
  const check = shapeCheck(given, written);
  const encode = rowEncoder(given.map((column) => (written.includes(column) ? column : { ...column, notNull: false })));
  return (next) => {
    check(next);
    return encode(next);
  };
}
