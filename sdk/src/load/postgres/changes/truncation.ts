import { quoted } from "../target-columns.ts";
import { Operation, OPERATION, type ChangeColumns } from "./change-columns.ts";
import { deletionTime } from "./row-values.ts";
import { sequenceNumber } from "./sequence.ts";
import { keyText, TOMBSTONES } from "./tombstones.ts";

/** What of the stage truncates, and what does not. */
export function isTruncation(): string {
  return `${OPERATION} = '${Operation.truncate}'`;
}

/**
 * Common table expressions that do away with all rows which are older than the last truncation of the table, as if each had been
 * deleted by it: `millrace_truncations` are these, `millrace_emptied` the rows.
 */
export function truncate(columns: ChangeColumns, from: string): string[] {
  const { target, tableName, key, sequence, softDelete } = columns;
  const name = quoted(sequence.name);
  const number = (relation: string) => sequenceNumber(sequence, `${relation}.${name}`);
  const older = `(${number("net")} > ${number("present")}) IS NOT FALSE`;
  const last = `millrace_truncations AS (SELECT * FROM ${from} WHERE ${isTruncation()}),
millrace_last AS (SELECT * FROM millrace_truncations net ORDER BY ${number("net")} DESC LIMIT 1)`;
  if (softDelete !== null) {
    const mark = quoted(softDelete.name);
    return [
      last,
      `millrace_emptied AS (UPDATE ${target} AS present SET ${name} = net.${name}, ${mark} = coalesce(present.${mark}, ${deletionTime(columns)}) FROM millrace_last net WHERE ${older} RETURNING 1)`,
    ];
  }
  const keys = key.map((part) => `present.${quoted(part.name)}`).join(", ");
  return [
    last,
    `millrace_emptied AS (DELETE FROM ${target} AS present USING millrace_last net WHERE ${older} RETURNING ${keys}, ${number("net")} AS millrace_number)`,
    `millrace_entombed_all AS (INSERT INTO ${TOMBSTONES} AS stone (target_table, key, sequence)
  SELECT '${tableName.replaceAll("'", "''")}', ${keyText(key, "gone")}, gone.millrace_number FROM millrace_emptied gone
  ON CONFLICT (target_table, key) DO UPDATE SET sequence = excluded.sequence, deleted_at = excluded.deleted_at WHERE excluded.sequence > stone.sequence)`,
  ];
}
