import { quoted } from "../target-columns.ts";
import { Operation, OPERATION, sameKey, type ChangeColumns } from "./change-columns.ts";
import { netChanges, type NetOptions } from "./net-changes.ts";
import { deletionTime, rowValues } from "./row-values.ts";
import { isNewer, sequenceNumber } from "./sequence.ts";
import { burial, keyText, stoneOf, TOMBSTONES } from "./tombstones.ts";
import { isTruncation, truncate } from "./truncation.ts";
import { clearing, type UniqueValues } from "./unique-swaps.ts";

export interface MergeOptions extends NetOptions {
  readonly unique: UniqueValues;
}

/**
 * One statement that brings changes into the target where they are newer, and returns what became of them by the names of
 * `Counts`. Its parts run in no order but where one waits for another: rows are written once it has been counted what was
 * deleted, so that unique values are free by then.
 */
export function mergeChanges(columns: ChangeColumns, options: MergeOptions): string {
  const { unique, entombed } = options;
  const writes = columns.written !== undefined; // else no row has come yet
  const swaps = writes && unique.indexes.length > 0;
  const { truncated } = columns;
  const parts = [
    netChanges(columns, options),
    ...(truncated ? truncate(columns) : []),
    "millrace_taken AS (SELECT * FROM millrace_judged WHERE millrace_newer)",
    `millrace_gone AS (${columns.softDelete === null ? deleteRows(columns) : markRows(columns)} RETURNING 1)`,
    `millrace_entombed AS (${entomb(columns)})`,
    ...(writes && entombed ? [`millrace_exhumed AS (${exhume(columns)})`] : []),
    ...(swaps ? [clearing(columns, unique)] : []),
    ...(writes ? [`millrace_written AS (${writeRows(columns, swaps)})`] : []),
  ];
  const count = (condition: string) => `count(*) FILTER (WHERE ${condition})::int`;
  const outcome = (operation: string, more = "") => count(`millrace_newer AND ${OPERATION} = '${operation}'${more}`);
  return `WITH ${parts.join(",\n")},
millrace_results AS (
  SELECT ${outcome(Operation.write, " AND NOT millrace_present")} AS inserted, ${outcome(Operation.write, " AND millrace_present")} AS updated,
    ${outcome(Operation.delete)} AS deleted, ${outcome(Operation.move, " AND millrace_present")} AS removed,
    ${count(`millrace_same AND ${OPERATION} <> '${Operation.move}'`)} AS unchanged,
    (SELECT ${truncated ? `${count(`NOT ${isTruncation()}`)} FROM ${options.from}` : `${count("NOT millrace_moved")} FROM millrace_events`}) AS events
  FROM millrace_judged
)
SELECT inserted, updated, deleted${truncated ? " + truncations" : ""} AS deleted, removed${truncated ? " + emptied" : ""} AS removed, unchanged,
  events - inserted - updated - deleted - unchanged AS superseded FROM millrace_results${truncated ? TRUNCATED : ""}`;
}

const TRUNCATED = `,
  (SELECT count(*)::int AS truncations FROM millrace_truncations) AS truncations, (SELECT count(*)::int AS emptied FROM millrace_emptied) AS emptied`;

function deleteRows(columns: ChangeColumns): string {
  return `DELETE FROM ${columns.target} AS present USING millrace_taken net WHERE ${standsFor(columns)}`;
}

function markRows(columns: ChangeColumns): string {
  const { target, softDelete, sequence } = columns;
  const name = quoted(sequence.name);
  return `UPDATE ${target} AS present SET ${name} = net.${name}, ${quoted(softDelete!.name)} = ${deletionTime(columns)} FROM millrace_taken net WHERE ${standsFor(columns)}`;
}

function standsFor(columns: ChangeColumns): string {
  return `NOT net.millrace_whole AND net.millrace_present AND ${sameKey(columns, "present", "net")} AND ${newer(columns, "net")}`;
}

/** Deletions that leave no row behind leave a tombstone. */
function entomb({ key, sequence, softDelete, tableName }: ChangeColumns): string {
  const number = sequenceNumber(sequence, `net.${quoted(sequence.name)}`);
  const gone = `millrace_taken net WHERE NOT net.millrace_whole${softDelete === null ? "" : " AND NOT net.millrace_present"}`;
  return burial({ key, tableName }, { number, of: gone });
}

/** A newer row takes the place of a tombstone. */
function exhume({ key, tableName }: ChangeColumns): string {
  return `DELETE FROM ${TOMBSTONES} stone USING millrace_taken net
  WHERE net.millrace_whole AND ${stoneOf(tableName, keyText(key, "net"))}`;
}

function writeRows(columns: ChangeColumns, swaps: boolean): string {
  const cleared = swaps
    ? ` AND (SELECT count(*) FROM millrace_cleared) >= 0 AND NOT EXISTS (SELECT FROM millrace_standing WHERE ${sameKey(columns, "millrace_standing", "net")})`
    : "";
  const emptied = columns.truncated ? " AND (SELECT count(*) FROM millrace_emptied) >= 0" : "";
  return insertOrUpdate(
    columns,
    `FROM millrace_taken net WHERE net.millrace_whole AND (SELECT count(*) FROM millrace_gone) >= 0${emptied}${cleared}`,
  );
}

/** Writes rows where they are newer; `net` says which. */
export function insertOrUpdate(columns: ChangeColumns, net: string): string {
  const { target, key } = columns;
  const values = rowValues(columns);
  const names = [...values.keys()];
  const set = names
    .filter((name) => !key.some((part) => part.name === name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `INSERT INTO ${target} AS present (${names.map((name) => quoted(name)).join(", ")})
  SELECT ${[...values.values()].join(", ")} ${net}
  ON CONFLICT (${key.map(({ name }) => quoted(name)).join(", ")}) DO UPDATE SET ${set.join(", ")} WHERE ${newer(columns, "excluded")}`;
}

function newer({ sequence }: ChangeColumns, change: string): string {
  const name = quoted(sequence.name);
  return isNewer(sequence, `${change}.${name}`, `present.${name}`);
}
