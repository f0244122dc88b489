import type { Condition } from "./bounds-condition.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";

export interface DifferenceOptions {
  /** Which of the target's rows are to become those of the stage. */
  readonly where: Condition;
  readonly present: number;
  /** Rows in the stage. */
  readonly rows: number;
}

/** Deletes the rows that the stage does not have, inserts those that the target does not have, and leaves the others alone. */
export async function writeDifference(
  { client }: Lane,
  { target, columnList }: LoadSession,
  { where, present, rows }: DifferenceOptions,
): Promise<{ inserted: number; unchanged: number; removed: number }> {
  if (present === 0) {
    await client.query(`INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${STAGE}`);
    return { inserted: rows, unchanged: 0, removed: 0 };
  }
  // Rows are matched by the hash of their text, the n-th of several equal ones with the n-th.
  const hashed = (from: string) =>
    `SELECT tableoid AS rel, ctid AS tid, hash, row_number() OVER (PARTITION BY hash) AS nth FROM (SELECT tableoid, ctid, md5(ROW(${columnList})::text)::uuid AS hash FROM ${from}) hashed`;
  await client.query(
    `CREATE TEMPORARY TABLE millrace_difference ON COMMIT DROP AS
SELECT present.rel, present.tid AS present, wanted.tid AS wanted
FROM (${hashed(`${target} WHERE ${where.sql}`)}) present
FULL JOIN (${hashed(STAGE)}) wanted USING (hash, nth)
WHERE present.tid IS NULL OR wanted.tid IS NULL`,
    [...where.values],
  );
  const removed = await client.query(
    `DELETE FROM ${target} AS t USING pg_temp.millrace_difference d WHERE t.tableoid = d.rel AND t.ctid = d.present`,
  );
  const inserted = await client.query(
    `INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${STAGE} WHERE ctid IN (SELECT wanted FROM pg_temp.millrace_difference WHERE present IS NULL)`,
  );
  const written = inserted.rowCount ?? 0;
  return { inserted: written, unchanged: rows - written, removed: removed.rowCount ?? 0 };
}
