import { columnList, quoted } from "../target-columns.ts";
import { Operation, OPERATION, sameKey, type ChangeColumns } from "./change-columns.ts";
import { insertOrUpdate } from "./merge-changes.ts";
import { isNewer, sequenceNumber } from "./sequence.ts";
import { burial, keyText, stoneOf, TOMBSTONES } from "./tombstones.ts";

export interface DistinctOptions {
  /** The staged changes: each key once, none of them a truncation or with another key before. */
  readonly from: string;
  /** The target may have tombstones. */
  readonly entombed: boolean;
  /** There are rows to be written. */
  readonly writes: boolean;
  /** There are deletions. */
  readonly deletes: boolean;
}

/**
 * What `mergeChanges` does, for changes of which nothing has to be found out but whether they are newer than what is there: rows
 * are written where the index meets them, and only those that were not taken are looked at again. For a target that keeps no
 * deleted rows, and has no unique values but its key.
 */
export function mergeDistinct(columns: ChangeColumns, options: DistinctOptions): string {
  const { deletes, writes, from } = options;
  const parts = [
    ...(deletes ? deletions(columns, options) : []),
    ...(writes && options.entombed ? [`millrace_exhumed AS (${exhume(columns, from)})`] : []),
    ...(writes ? [`millrace_written AS (${write(columns, options)})`] : []),
    outcome(options),
  ];
  return `WITH ${parts.join(",\n")},
millrace_all AS (
  SELECT *, CASE WHEN inserted + updated + deleted < events THEN (${unchanged(columns, options)}) ELSE 0 END AS unchanged FROM millrace_outcome
)
SELECT inserted, updated, deleted, unchanged, events - inserted - updated - deleted - unchanged AS superseded FROM millrace_all`;
}

function deletions(columns: ChangeColumns, { from, entombed: some }: DistinctOptions): string[] {
  const { target, key, sequence, tableName } = columns;
  const name = quoted(sequence.name);
  const number = sequenceNumber(sequence, `net.${name}`);
  return [
    `millrace_deletes AS (
  SELECT ${columnList([...key, sequence], "net.")}, present.${quoted(key[0]!.name)} IS NOT NULL AS millrace_present,
    (${number} > ${known(columns, some)}) IS NOT FALSE AS millrace_newer
  FROM (SELECT * FROM ${from} WHERE ${OPERATION} = '${Operation.delete}') net LEFT JOIN ${target} present ON ${sameKey(columns, "present", "net")}${stones(columns, some)}
)`,
    `millrace_gone AS (DELETE FROM ${target} AS present USING millrace_deletes net
  WHERE net.millrace_newer AND net.millrace_present AND ${sameKey(columns, "present", "net")} AND ${isNewer(sequence, `net.${name}`, `present.${name}`)} RETURNING 1)`,
    `millrace_entombed AS (${burial({ key, tableName }, { number, of: "millrace_deletes net WHERE net.millrace_newer" })})`,
  ];
}

/** A row that is newer than a tombstone takes its place; one that is older than the present row leaves nothing to be guarded by it. */
function exhume({ key, sequence, tableName }: ChangeColumns, from: string): string {
  return `DELETE FROM ${TOMBSTONES} stone USING ${from} net
  WHERE net.${OPERATION} = '${Operation.write}' AND ${stoneOf(tableName, keyText(key, "net"))} AND ${sequenceNumber(sequence, `net.${quoted(sequence.name)}`)} > stone.sequence`;
}

/** In the order of the key: neighbours in its index are written one after the other. */
function write(columns: ChangeColumns, { from, entombed: some, deletes }: DistinctOptions): string {
  const { key, sequence } = columns;
  const number = sequenceNumber(sequence, `net.${quoted(sequence.name)}`);
  const conditions = [
    `net.${OPERATION} = '${Operation.write}'`,
    ...(some ? [`(${number} > stone.sequence) IS NOT FALSE`] : []),
    ...(deletes ? ["(SELECT count(*) FROM millrace_gone) >= 0"] : []),
  ];
  const order = key.some(({ sqlType }) => TEXT.test(sqlType)) ? "" : ` ORDER BY ${columnList(key, "net.")}`;
  // xmax is 0 in a row that was inserted.
  return `${insertOrUpdate(columns, `FROM ${from} net${stones(columns, some)} WHERE ${conditions.join(" AND ")}${order}`)}
  RETURNING (xmax = 0) AS millrace_new`;
}

/** To be sorted, text takes longer than it spares. */
const TEXT = /^(text|varchar|char)\b/;

function outcome({ from, writes, deletes }: DistinctOptions): string {
  const written = (condition: string) =>
    writes ? `(SELECT count(*) FILTER (WHERE ${condition})::int FROM millrace_written)` : "0";
  const deleted = deletes ? "(SELECT count(*) FILTER (WHERE millrace_newer)::int FROM millrace_deletes)" : "0";
  return `millrace_outcome AS (
  SELECT ${written("millrace_new")} AS inserted, ${written("NOT millrace_new")} AS updated, ${deleted} AS deleted,
    (SELECT count(*)::int FROM ${from}) AS events
)`;
}

/** SQL for how many changes had taken effect before the statement, whose writes it does not see. */
function unchanged(columns: ChangeColumns, { from, entombed: some }: DistinctOptions): string {
  const { target, sequence } = columns;
  return `SELECT count(*)::int FROM ${from} net LEFT JOIN ${target} present ON ${sameKey(columns, "present", "net")}${stones(columns, some)}
    WHERE ${sequenceNumber(sequence, `net.${quoted(sequence.name)}`)} = ${known(columns, some)}`;
}

function known({ sequence }: ChangeColumns, some: boolean): string {
  const row = sequenceNumber(sequence, `present.${quoted(sequence.name)}`);
  return some ? `GREATEST(${row}, stone.sequence)` : row;
}

function stones({ key, tableName }: ChangeColumns, some: boolean): string {
  return some ? `\n  LEFT JOIN ${TOMBSTONES} stone ON ${stoneOf(tableName, keyText(key, "net"))}` : "";
}
