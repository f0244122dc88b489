import type { Condition } from "./bounds-condition.ts";
import { STAGE } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import type { RowIdentity } from "./row-identity.ts";
import { columnList, quoted, type TargetColumn } from "./target-columns.ts";

export interface DifferingRowsOptions {
  readonly identity: RowIdentity;
  /** Which of the target's rows are compared. */
  readonly where: Condition;
  /** What of the stage's rows ascends as they came. */
  readonly order: string;
}

/** The columns to be set where a row of the target has the key of one of the stage: also those of the key whose equal values can differ. */
export function changingColumns({ columns }: LoadSession, { key, exact }: RowIdentity): readonly TargetColumn[] {
  const settled = new Set(key?.flatMap(({ name }) => (exact.has(name) ? [name] : [])));
  return columns.filter(({ name }) => !settled.has(name));
}

/**
 * SELECTs `rel` and `present`, where a row of the target is, and `wanted`, where one of the stage is, of those that are not
 * the same: both where they have one key, else one. Where the stage has a key twice, there is a line for each of its rows.
 */
export function differingByKey(session: LoadSession, options: DifferingRowsOptions): string {
  return `SELECT rel, present, wanted FROM (${paired(session, options)}) pairs WHERE present IS NULL OR wanted IS NULL OR differs`;
}

/** The same where the stage has keys twice: with the target's row goes the one that is the same, else the first; the others are alone. */
export function differingByKeyTwice(session: LoadSession, options: DifferingRowsOptions): string {
  return `SELECT rel, CASE WHEN nth = 1 THEN present END AS present, wanted
FROM (SELECT *, row_number() OVER (PARTITION BY rel, present ORDER BY differs, place) AS nth FROM (${paired(session, options)}) pairs) ranked
WHERE present IS NULL OR wanted IS NULL OR differs OR nth > 1`;
}

/** The same where there is no key: rows are matched by the hash of their text, the n-th of several equal ones with the n-th. */
export function differingByContent(
  { target, columnList: names }: LoadSession,
  { where }: DifferingRowsOptions,
): string {
  const hashed = (from: string) =>
    `SELECT tableoid AS rel, ctid AS tid, hash, row_number() OVER (PARTITION BY hash) AS nth FROM (SELECT tableoid, ctid, md5(ROW(${names})::text)::uuid AS hash FROM ${from}) hashed`;
  return `SELECT given.rel, given.tid AS present, wanted.tid AS wanted
FROM (${hashed(`${target} AS present WHERE ${where.sql}`)}) given FULL JOIN (${hashed(STAGE)}) wanted USING (hash, nth)
WHERE given.tid IS NULL OR wanted.tid IS NULL`;
}

function paired(session: LoadSession, { identity, where, order }: DifferingRowsOptions): string {
  const same = identity.key!.map(({ name }) => `given.${quoted(name)} = wanted.${quoted(name)}`).join(" AND ");
  return `SELECT given.millrace_rel AS rel, given.millrace_tid AS present, wanted.ctid AS wanted, wanted.${order} AS place, ${differs(session, identity)} AS differs
FROM (SELECT tableoid AS millrace_rel, ctid AS millrace_tid, ${session.columnList} FROM ${session.target} AS present WHERE ${where.sql}) given
FULL JOIN ${STAGE} wanted ON ${same}`;
}

/** SQL for two rows having different texts. Most are the same byte for byte, which is found out much sooner than their texts. */
function differs(session: LoadSession, identity: RowIdentity): string {
  const columns = changingColumns(session, identity);
  const exact = columns.filter(({ name }) => identity.exact.has(name));
  const others = columns.filter(({ name }) => !identity.exact.has(name));
  const conditions = exact.map(({ name }) => `given.${quoted(name)} IS DISTINCT FROM wanted.${quoted(name)}`);
  if (others.length > 0) {
    const given = `ROW(${columnList(others, "given.")})`;
    const wanted = `ROW(${columnList(others, "wanted.")})`;
    conditions.push(`(${given}::record *<> ${wanted}::record AND ${given}::text <> ${wanted}::text)`);
  }
  return conditions.length === 0 ? "false" : `(${conditions.join(" OR ")})`;
}
