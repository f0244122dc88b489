import type { Loader } from "../loader.ts";
import { insertRows } from "./insert-rows.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";

/** Rows are copied straight into the target, chunk by chunk. */
export function appendLoader(session: LoadSession): Loader {
  return pipelinedLoader(session, {
    stage: (lane, chunk) => lane.put(chunk, session.target),
    merge: async (_, { staged, counts }) => {
      counts.inserted += staged;
    },
    rows: insertRows(session),
  });
}
