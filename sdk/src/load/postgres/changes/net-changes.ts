import { columnList, quoted } from "../target-columns.ts";
import { Operation, OPERATION, sameKey, type ChangeColumns } from "./change-columns.ts";
import { sequenceNumber } from "./sequence.ts";
import { keyText, stoneOf, TOMBSTONES } from "./tombstones.ts";
import { leftByTruncation, truncations } from "./truncation.ts";

export interface NetOptions {
  /** The staged changes, with their `ctid`, in whose order they came. */
  readonly from: string;
  /** The target may have tombstones. */
  readonly entombed: boolean;
}

/**
 * Common table expressions that say what some changes come to, each key once: what one change after the other would come
 * to, in whatever parts they are given, since a change counts only if it is newer than all before it.
 *
 * `millrace_judged` has the target's columns and `millrace_operation`; `millrace_present`: the target has a row with the key;
 * `millrace_newer`: the change takes effect; `millrace_same`: it has already; `millrace_whole`: a row is to be written, be it
 * one that is marked as deleted.
 */
export function netChanges(columns: ChangeColumns, { from, entombed }: NetOptions): string {
  const { target, tableName, key, sequence, softDelete } = columns;
  const row = sequenceNumber(sequence, `present.${quoted(sequence.name)}`);
  const known = entombed ? `GREATEST(${row}, stone.sequence)` : row;
  const stones = entombed ? `\n  LEFT JOIN ${TOMBSTONES} stone ON ${stoneOf(tableName, keyText(key, "net"))}` : "";
  return `${columns.truncated ? `${truncations(columns, from)},\n` : ""}millrace_events AS (${events(columns, from)}),
${softDelete === null ? lastOfEach(columns) : lastWithImage(columns)},
millrace_known AS (
  SELECT net.*, present.${quoted(key[0]!.name)} IS NOT NULL AS millrace_present, ${known} AS millrace_known
  FROM millrace_net net LEFT JOIN ${target} present ON ${sameKey(columns, "present", "net")}${stones}
),
millrace_judged AS (
  SELECT *, (millrace_number > millrace_known) IS NOT FALSE AS millrace_newer, (millrace_number = millrace_known) IS TRUE AS millrace_same,
    ${OPERATION} = '${Operation.write}' OR (millrace_image IS NOT NULL AND (millrace_image > millrace_known) IS NOT FALSE) AS millrace_whole
  FROM millrace_known
)`;
}

/** The changes, and the deletions that follow from changed keys, with their sequence as a number and their place. */
function events(columns: ChangeColumns, from: string): string {
  const { key, sequence, all, previousKey, truncated } = columns;
  const number = sequenceNumber(sequence, quoted(sequence.name));
  const left = truncated ? leftByTruncation(columns, from) : from;
  const moved = all.map(({ name }, index) =>
    index < key.length ? previousKey[index]!.name : name === sequence.name ? quoted(name) : "NULL",
  );
  return `
  SELECT ${columnList(all)}, ${OPERATION}, ${number} AS millrace_number, ctid AS millrace_place, false AS millrace_moved FROM ${left}
  UNION ALL
  SELECT ${moved.join(", ")}, '${Operation.move}', ${number}, ctid, true FROM ${left} WHERE ${previousKey[0]!.name} IS NOT NULL
`;
}

/** Of each key the newest change; of equally new ones the first. */
function lastOfEach({ key }: ChangeColumns): string {
  const keys = columnList(key);
  return `millrace_net AS (
  SELECT DISTINCT ON (${keys}) *, NULL::numeric AS millrace_image FROM millrace_events ORDER BY ${keys}, millrace_number DESC, millrace_place, millrace_moved
)`;
}

/** The same, where a deletion has the row that was written last before it, and `millrace_image` is that one's sequence. */
function lastWithImage({ key, sequence, others, softDelete }: ChangeColumns): string {
  const keys = columnList(key);
  const last = (where: string) =>
    `SELECT DISTINCT ON (${keys}) * FROM millrace_accepted ${where} ORDER BY ${keys}, millrace_place DESC, millrace_moved DESC`;
  const written = `net.${OPERATION} = '${Operation.write}'`;
  const values = others.map(
    ({ name }) => `CASE WHEN ${written} THEN net.${quoted(name)} ELSE image.${quoted(name)} END AS ${quoted(name)}`,
  );
  return `millrace_turns AS (
  SELECT *, max(millrace_number) OVER (PARTITION BY ${keys} ORDER BY millrace_place, millrace_moved ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS millrace_newest
  FROM millrace_events
),
millrace_accepted AS (SELECT * FROM millrace_turns WHERE (millrace_number > millrace_newest) IS NOT FALSE),
millrace_net AS (
  SELECT ${[columnList([...key, sequence], "net."), ...values, `net.${quoted(softDelete!.name)}`].join(", ")},
    net.${OPERATION}, net.millrace_number, net.millrace_moved, image.millrace_number AS millrace_image
  FROM (${last("")}) net
  LEFT JOIN (${last(`WHERE ${OPERATION} = '${Operation.write}'`)}) image ON NOT (${written}) AND ${sameKey({ key }, "image", "net")}
)`;
}
