import type { LoadSession } from "./load-session.ts";
import type { CarefulSteps } from "./refused/careful-load.ts";
import type { RowsMerge } from "./refused/careful-merge.ts";

/** Adds staged rows to the target, beside those that it has. */
export function insertRows(session: LoadSession): RowsMerge {
  const add = (from: string) => countedInsert(session, from);
  return { key: null, merge: add, add };
}

/** SQL that adds the rows of a relation to the target. */
export function insertFrom({ target, columnList }: LoadSession, from: string): string {
  return `INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${from}`;
}

/** The same, which says how many were `inserted`. */
export function countedInsert(session: LoadSession, from: string): string {
  return `WITH written AS (${insertFrom(session, from)} RETURNING 1) SELECT count(*)::int AS inserted FROM written`;
}

/** Copies rows straight into the target. */
export function copySteps(session: LoadSession): CarefulSteps {
  return {
    stage: (lane, chunk) => lane.put(chunk, session.target),
    merge: async (_, { staged, counts }) => {
      counts.inserted += staged;
    },
    rows: insertRows(session),
  };
}
