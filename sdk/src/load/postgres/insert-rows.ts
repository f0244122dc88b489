import type { LoadSession } from "./load-session.ts";
import type { CarefulSteps } from "./refused/careful-load.ts";
import type { RowsMerge } from "./refused/careful-merge.ts";

/** Adds staged rows to the target, beside those that it has. */
export function insertRows({ target, columnList }: LoadSession): RowsMerge {
  const add = (from: string) => `INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${from}`;
  return {
    key: null,
    merge: (from) => `WITH written AS (${add(from)} RETURNING 1) SELECT count(*)::int AS inserted FROM written`,
    add,
  };
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
