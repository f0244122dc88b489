import { STAGE } from "../lane.ts";
import { columnList, quoted, type TargetColumn } from "../target-columns.ts";
import { Operation, OPERATION, previousKey, type ChangeColumns } from "./change-columns.ts";
import { sequenceNumber } from "./sequence.ts";
import { keyText, TOMBSTONES } from "./tombstones.ts";

/** The changes of a chunk that take effect, each key once: the target's columns (see `ChangeColumns.all`), and three more. */
export const NET = "pg_temp.millrace_net";

/** What became of a chunk's changes; those left are superseded. */
export interface NetCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Rows that are gone because they have another key since. */
  readonly moved: number;
  /** Changes that take a row away, whether the target has it or not. */
  readonly removals: number;
  /** As new as what the target knows: it has them already. */
  readonly same: number;
}

export interface NetOptions {
  /** Quoted, with its schema. */
  readonly target: string;
  readonly columns: ChangeColumns;
}

/**
 * In NET, `present` says that the target has a row with the key, `whole` that a row is to be written, with the mark of a
 * deleted one or without.
 */
export function createNet({ target, columns }: NetOptions): string {
  return `CREATE TEMPORARY TABLE millrace_net ON COMMIT DELETE ROWS AS
SELECT ${columnList(columns.all)}, ''::text AS ${OPERATION}, false AS present, false AS whole FROM ${target} WITH NO DATA`;
}

/**
 * Fills NET from the stage and returns `NetCounts`. The outcome is that of taking one change after the other in the order of
 * the stage, wherever chunks end: a change counts if it is newer than all before it.
 */
export function netStatement(options: NetOptions, { entombed }: { /** The target's table has tombstones. */ readonly entombed: boolean }): string {
  const { target, columns } = options;
  const { key, sequence, softDelete, all } = columns;
  const same = (a: string, b: string) => key.map(({ name }) => `${a}.${quoted(name)} = ${b}.${quoted(name)}`).join(" AND ");
  const known = `${sequenceNumber(sequence, `present.${quoted(sequence.name)}`)}`;
  const tombstones = entombed ? `\n  LEFT JOIN ${TOMBSTONES} entombed ON entombed.target_table = ${literal(columns.table)} AND entombed.key = ${keyText(key, "net.")}` : "";
  return `WITH events AS (${events(columns)}),
net AS (${softDelete === null ? lastOfEach(columns) : lastWithImage(columns)}),
known AS (
  SELECT net.*, present.${quoted(key[0]!.name)} IS NOT NULL AS present, ${entombed ? `GREATEST(${known}, entombed.sequence)` : known} AS known
  FROM net LEFT JOIN ${target} present ON ${same("present", "net")}${tombstones}
),
judged AS (SELECT *, (number > known) IS NOT FALSE AS newer FROM known),
taken AS (
  INSERT INTO ${NET} (${columnList(all)}, ${OPERATION}, present, whole)
  SELECT ${columnList(all)}, ${OPERATION}, present, ${OPERATION} = '${Operation.write}' OR (image > known) IS NOT FALSE AND image IS NOT NULL
  FROM judged WHERE newer
)
SELECT
  count(*) FILTER (WHERE newer AND ${OPERATION} = '${Operation.write}' AND NOT present)::int AS inserted,
  count(*) FILTER (WHERE newer AND ${OPERATION} = '${Operation.write}' AND present)::int AS updated,
  count(*) FILTER (WHERE newer AND ${OPERATION} = '${Operation.delete}')::int AS deleted,
  count(*) FILTER (WHERE newer AND ${OPERATION} = '${Operation.move}' AND present)::int AS moved,
  count(*) FILTER (WHERE newer AND ${OPERATION} <> '${Operation.write}')::int AS removals,
  count(*) FILTER (WHERE number = known AND ${OPERATION} <> '${Operation.move}')::int AS same
FROM judged`;
}

/** The stage's changes, and the deletions that follow from changed keys, with their sequence as a number and their place. */
function events(columns: ChangeColumns): string {
  const { key, sequence, all } = columns;
  const number = sequenceNumber(sequence, quoted(sequence.name));
  const before = previousKey(columns);
  const moved = all.map(({ name }, index) => (index < key.length ? before[index]!.name : name === sequence.name ? quoted(name) : "NULL"));
  return `
  SELECT ${columnList(all)}, ${OPERATION}, ${number} AS number, ctid AS place, false AS moved FROM ${STAGE}
  UNION ALL
  SELECT ${moved.join(", ")}, '${Operation.move}', ${number}, ctid, true FROM ${STAGE} WHERE ${before[0]!.name} IS NOT NULL
`;
}

/** Of each key the newest change; of equally new ones the first. */
function lastOfEach({ key }: ChangeColumns): string {
  const keys = columnList(key);
  return `SELECT DISTINCT ON (${keys}) *, NULL::numeric AS image FROM events ORDER BY ${keys}, number DESC, place, moved`;
}

/** The same, where a deletion has the row that was written last before it, and `image` is that one's sequence. */
function lastWithImage({ key, sequence, others, softDelete }: ChangeColumns): string {
  const keys = columnList(key);
  const last = (where: string) => `SELECT DISTINCT ON (${keys}) * FROM taken_in_turn ${where} ORDER BY ${keys}, place DESC, moved DESC`;
  const written = `net.${OPERATION} = '${Operation.write}'`;
  const values = others.map(({ name }) => `CASE WHEN ${written} THEN net.${quoted(name)} ELSE image.${quoted(name)} END AS ${quoted(name)}`);
  return `
  WITH in_turn AS (
    SELECT *, max(number) OVER (PARTITION BY ${keys} ORDER BY place, moved ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest FROM events
  ),
  taken_in_turn AS (SELECT * FROM in_turn WHERE (number > newest) IS NOT FALSE)
  SELECT ${[columnList([...key, sequence], "net."), ...values, `net.${quoted(softDelete!.name)}`].join(", ")},
    net.${OPERATION}, net.number, image.number AS image
  FROM (${last("")}) net
  LEFT JOIN (${last(`WHERE ${OPERATION} = '${Operation.write}'`)}) image
    ON NOT (${written}) AND ${key.map(({ name }) => `image.${quoted(name)} = net.${quoted(name)}`).join(" AND ")}
`;
}

/** What NET says of each column of a row to be written, as SQL. */
export function netValues({ written, softDelete }: ChangeColumns): Map<string, string> {
  const values = new Map((written ?? []).map(({ name }) => [name, `net.${quoted(name)}`]));
  if (softDelete) values.set(softDelete.name, `CASE WHEN net.${OPERATION} <> '${Operation.write}' THEN ${deletionTime(softDelete)} END`);
  return values;
}

/** As the change says, else now. */
export function deletionTime({ name }: TargetColumn): string {
  return `coalesce(net.${quoted(name)}, now())`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
