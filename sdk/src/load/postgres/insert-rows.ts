import type { LoadSession } from "./load-session.ts";
import type { RowsMerge } from "./refused/careful-merge.ts";

/** Adds rows to the target, beside those that it has. */
export function insertRows({ target, columnList }: LoadSession): RowsMerge {
  return {
    key: null,
    merge: (from) => `WITH written AS (INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${from} RETURNING 1)
SELECT count(*)::int AS inserted FROM written`,
  };
}
