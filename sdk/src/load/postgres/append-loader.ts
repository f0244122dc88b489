import type { Loader } from "../loader.ts";
import { copySteps } from "./insert-rows.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";

/** Rows are copied straight into the target, chunk by chunk. */
export function appendLoader(session: LoadSession): Loader {
  return pipelinedLoader(session, copySteps(session));
}
