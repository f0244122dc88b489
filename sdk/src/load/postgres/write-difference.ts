import type { Condition } from "./bounds-condition.ts";
import {
  differingByContent,
  differingByKey,
  differingByKeyTwice,
  type DifferingRowsOptions,
} from "./differing-rows.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { readIdentity, type RowIdentity } from "./row-identity.ts";
import { updateDifference } from "./update-difference.ts";

const DIFFERENCE = "pg_temp.millrace_difference";
const WANTED = "pg_temp.millrace_wanted";

/** In what ways the target's rows are not those of the stage. */
export interface Difference {
  readonly where: Condition;
  readonly identity: RowIdentity;
  /** Rows of the target. */
  readonly present: number;
  /** Rows of the stage. */
  readonly rows: number;
  /** Rows of the target to be updated: the stage has their key, with something else. */
  readonly changed: number;
  /** Rows of the target that the stage does not have. */
  readonly gone: number;
  /** Rows of the stage that the target does not have. */
  readonly missing: number;
}

export interface WrittenDifference {
  /** Rows of the stage that the target had. */
  readonly unchanged: number;
  readonly updated: number;
  readonly removed: number;
  /** SELECTs the rows that are still to be inserted, in their order; null where there are none. */
  readonly missing: string | null;
}

/** Within a transaction, once: compares the target's rows, of which `where` is true, with those of the stage. */
export async function compareRows(
  lane: Lane,
  session: LoadSession,
  { where, rows }: { readonly where: Condition; readonly rows: number },
): Promise<Difference> {
  const { client, order } = lane;
  const identity = await readIdentity(client, session);
  const options: DifferingRowsOptions = { identity, where, order };
  const some = await client.query(`SELECT 1 FROM ${session.target} AS present WHERE ${where.sql} LIMIT 1`, [
    ...where.values,
  ]);
  const known = { where, identity, rows };
  if (some.rowCount === 0) return { ...known, present: 0, changed: 0, gone: 0, missing: rows };
  await client.query(analyze(STAGE));
  const finding = { where, isOneTable: identity.isOneTable };
  const find = async (select: typeof differingByKey) => ({
    ...known,
    ...(await findDifference(lane, session, { ...finding, select: select(session, options) })),
  });
  if (identity.key === null) return await find(differingByContent);
  const difference = await find(differingByKey);
  const isOneEach = rows - difference.missing === difference.present - difference.gone;
  if (isOneEach) return difference;
  await client.query(`DROP TABLE ${DIFFERENCE}`);
  return await find(differingByKeyTwice);
}

interface FindOptions {
  readonly where: Condition;
  readonly isOneTable: boolean;
  /** SELECTs `rel`, `present` and `wanted` of rows that are not the same. */
  readonly select: string;
}

/** Keeps where the rows are that differ, in the target's order, then the stage's; rows are counted in the same snapshot. */
async function findDifference(
  { client }: Lane,
  { target }: LoadSession,
  { where, isOneTable, select }: FindOptions,
): Promise<Pick<Difference, "present" | "changed" | "gone" | "missing">> {
  await client.query(
    `CREATE TEMPORARY TABLE millrace_difference ON COMMIT DROP AS
(SELECT rel, present, wanted, NULL::bigint AS rows FROM (${select}) differing ORDER BY rel, present, wanted)
UNION ALL SELECT NULL, NULL, NULL, count(*) FROM ${target} AS present WHERE ${where.sql}`,
    [...where.values],
  );
  if (!isOneTable) await client.query(analyze(DIFFERENCE));
  const { rows } = await client.query<Record<"present" | "changed" | "gone" | "missing", string>>(
    `SELECT max(rows) AS present, count(*) FILTER (WHERE present IS NOT NULL AND wanted IS NOT NULL) AS changed,
  count(*) FILTER (WHERE wanted IS NULL AND rows IS NULL) AS gone, count(*) FILTER (WHERE present IS NULL AND rows IS NULL) AS missing FROM ${DIFFERENCE}`,
  );
  const { present, changed, gone, missing } = rows[0]!;
  return { present: Number(present), changed: Number(changed), gone: Number(gone), missing: Number(missing) };
}

/** Within the same transaction: updates rows that have changed, deletes those that are gone, and tells which are to be inserted. */
export async function writeDifference(
  { client }: Lane,
  session: LoadSession,
  difference: Difference,
): Promise<WrittenDifference> {
  const { identity, where, present, rows, changed, gone, missing } = difference;
  if (present === 0) return { unchanged: 0, updated: 0, removed: 0, missing: STAGE };
  // The condition, too, tells which partitions there is nothing to look for in.
  const isPresent = identity.isOneTable
    ? "present.ctid = d.present"
    : `present.tableoid = d.rel AND present.ctid = d.present AND ${where.sql}`;
  const values = identity.isOneTable ? [] : where.values;
  // Pages are visited in their order.
  await client.query("SET LOCAL random_page_cost = 0.01");
  const written =
    changed === 0
      ? 0
      : await updateDifference(client, session, { identity, difference: DIFFERENCE, isPresent, values });
  const isUpdated = written !== null;
  const toDelete = gone + (isUpdated ? 0 : changed);
  const toInsert = missing + (isUpdated ? 0 : changed);
  let removed = 0;
  if (toDelete > 0) {
    const { rowCount } = await client.query(
      `DELETE FROM ${session.target} AS present USING ${DIFFERENCE} d WHERE ${isPresent}${isUpdated ? " AND d.wanted IS NULL" : ""}`,
      [...values],
    );
    removed = rowCount ?? 0;
  }
  await client.query("SET LOCAL random_page_cost TO DEFAULT");
  return {
    unchanged: rows - missing - changed,
    updated: written ?? 0,
    removed,
    missing:
      toInsert === 0
        ? null
        : `(SELECT wanted.ctid, wanted.* FROM ${DIFFERENCE} d JOIN ${STAGE} wanted ON wanted.ctid = d.wanted${isUpdated ? " WHERE d.present IS NULL" : ""}) AS missing`,
  };
}

/** A table of its own of the missing rows, which some of them can be told from the others in. */
export async function missingTable(
  { client, order, isOrdered }: Lane,
  { columnList }: LoadSession,
  missing: string,
): Promise<string> {
  if (missing === STAGE) return STAGE;
  await client.query(
    `CREATE TEMPORARY TABLE millrace_wanted ON COMMIT DROP AS SELECT ${columnList}${isOrdered ? `, ${order}` : ""} FROM ${missing} ORDER BY ${order}`,
  );
  return WANTED;
}

/** Nobody analyzes temporary tables but who made them. The planner needs no more than how many rows there are, and how wide. */
function analyze(table: string): string {
  return `SET LOCAL default_statistics_target = 10; ANALYZE ${table}; SET LOCAL default_statistics_target TO DEFAULT`;
}
