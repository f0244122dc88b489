import type { Condition } from "./bounds-condition.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { updateDifference } from "./update-difference.ts";

const WANTED = "pg_temp.millrace_wanted";

export interface Difference {
  /** Rows of the stage that the target has. */
  readonly unchanged: number;
  /** Rows of the target that are those of the stage now. */
  readonly updated: number;
  /** Rows of the target that the stage does not have; they are deleted. */
  readonly removed: number;
  /** SELECTs the rows that the target does not have yet. */
  readonly missing: string;
}

export interface DifferenceOptions {
  /** Which of the target's rows are to become those of the stage. */
  readonly where: Condition;
  readonly present: number;
  /** Rows in the stage. */
  readonly rows: number;
}

/** Updates rows that have changed, deletes those that the stage does not have, and tells those that the target does not have from the others. */
export async function deleteDifference(
  lane: Lane,
  session: LoadSession,
  { where, present, rows }: DifferenceOptions,
): Promise<Difference> {
  const { client } = lane;
  const { target, columnList } = session;
  if (present === 0) return { unchanged: 0, updated: 0, removed: 0, missing: STAGE };
  // Rows are matched by the hash of their text, the n-th of several equal ones with the n-th.
  const hashed = (from: string) =>
    `SELECT tableoid AS rel, ctid AS tid, hash, row_number() OVER (PARTITION BY hash) AS nth FROM (SELECT tableoid, ctid, md5(ROW(${columnList})::text)::uuid AS hash FROM ${from}) hashed`;
  const { rowCount } = await client.query(
    `CREATE TEMPORARY TABLE millrace_difference ON COMMIT DROP AS
SELECT present.rel, present.tid AS present, wanted.tid AS wanted
FROM (${hashed(`${target} WHERE ${where.sql}`)}) present
FULL JOIN (${hashed(STAGE)}) wanted USING (hash, nth)
WHERE present.tid IS NULL OR wanted.tid IS NULL`,
    [...where.values],
  );
  const updated = rowCount === 0 ? 0 : await updateDifference(lane, session);
  const removed =
    (
      await client.query(
        `DELETE FROM ${target} AS t USING pg_temp.millrace_difference d WHERE t.tableoid = d.rel AND t.ctid = d.present`,
      )
    ).rowCount ?? 0;
  const missing = (rowCount ?? 0) - 2 * updated - removed;
  return {
    unchanged: rows - updated - missing,
    updated,
    removed,
    missing: `(SELECT ctid, * FROM ${STAGE} WHERE ctid IN (SELECT wanted FROM pg_temp.millrace_difference WHERE present IS NULL)) AS missing`,
  };
}

/** A table of its own of the missing rows, which some of them can be told from the others in. */
export async function missingTable(
  { client, order, isOrdered }: Lane,
  { columnList }: LoadSession,
  { missing }: Difference,
): Promise<string> {
  if (missing === STAGE) return STAGE;
  await client.query(
    `CREATE TEMPORARY TABLE millrace_wanted ON COMMIT DROP AS SELECT ${columnList}${isOrdered ? `, ${order}` : ""} FROM ${missing} ORDER BY ${order}`,
  );
  return WANTED;
}
