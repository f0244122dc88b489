import { columnList, quoted } from "../target-columns.ts";
import { Operation, OPERATION, sameKey, type ChangeColumns } from "./change-columns.ts";
import { deletionTime } from "./row-values.ts";
import { sequenceNumber } from "./sequence.ts";
import { burial } from "./tombstones.ts";

/** SQL for a staged change being a truncation. */
export function isTruncation(): string {
  return `${OPERATION} = '${Operation.truncate}'`;
}

/** The changes that no truncation among them has made void. */
export function leftByTruncation({ all, sequence, previousKey }: ChangeColumns, from: string): string {
  const number = sequenceNumber(sequence, quoted(sequence.name));
  return `(SELECT ctid, ${columnList(all)}, ${OPERATION}, ${columnList(previousKey)} FROM ${from} WHERE NOT ${isTruncation()}
    AND (${number} <= (SELECT millrace_number FROM millrace_last)) IS NOT TRUE) AS millrace_left`;
}

/** Common table expressions for the truncations among changes. */
export function truncations({ sequence }: ChangeColumns, from: string): string {
  const number = sequenceNumber(sequence, quoted(sequence.name));
  return `millrace_truncations AS (SELECT * FROM ${from} WHERE ${isTruncation()}),
millrace_last AS (SELECT *, ${number} AS millrace_number FROM millrace_truncations ORDER BY millrace_number DESC LIMIT 1)`;
}

/**
 * Common table expressions that do away with all rows which are older than the last truncation of the table, as if each had been
 * deleted by it: `millrace_truncations` are these, `millrace_emptied` the rows. A row with a newer change in `millrace_net` is left
 * to that: no row can be written twice by a statement.
 */
export function truncate(columns: ChangeColumns): string[] {
  const { target, tableName, key, sequence, softDelete } = columns;
  const name = quoted(sequence.name);
  const number = (relation: string) => sequenceNumber(sequence, `${relation}.${name}`);
  const older = `(net.millrace_number > ${number("present")}) IS NOT FALSE AND NOT EXISTS (SELECT FROM millrace_net WHERE ${sameKey(columns, "millrace_net", "present")})`;
  if (softDelete !== null) {
    const mark = quoted(softDelete.name);
    return [
      `millrace_emptied AS (UPDATE ${target} AS present SET ${name} = net.${name}, ${mark} = coalesce(present.${mark}, ${deletionTime(columns)}) FROM millrace_last net WHERE ${older} RETURNING 1)`,
    ];
  }
  const keys = key.map((part) => `present.${quoted(part.name)}`).join(", ");
  return [
    `millrace_emptied AS (DELETE FROM ${target} AS present USING millrace_last net WHERE ${older} RETURNING ${keys}, net.millrace_number)`,
    `millrace_entombed_all AS (${burial({ key, tableName }, { number: "net.millrace_number", of: "millrace_emptied net" })})`,
  ];
}
