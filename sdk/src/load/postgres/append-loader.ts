import type { Chunk, Loader } from "../loader.ts";
import { copySteps } from "./insert-rows.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";
import type { ChunkMerge } from "./refused/load-in-parts.ts";
import { waitingOf, type Waiting } from "./waiting-rows.ts";

/** Rows are copied straight into the target, chunk by chunk. */
export function appendLoader(session: LoadSession): Loader {
  const steps = copySteps(session);
  let waiting: Waiting = "any";
  // Where keys are unique, a chunk may have to wait for a key that the next one has inserted already and not committed,
  // while that one waits for its turn: there, rows are sent only behind those of all chunks before.
  const waits = ({ content }: Chunk) => waiting !== "none" && content.kind === "encoded";
  async function send(lane: Lane, { chunk, counts }: ChunkMerge): Promise<void> {
    // As many as the server took: a trigger may have kept rows out.
    counts.inserted += await lane.put(chunk, session.target);
  }
  return pipelinedLoader(session, {
    ...steps,
    prepare: async (lane) => {
      waiting = await waitingOf(lane, session.target);
    },
    stage: async (lane, chunk) => (waits(chunk) ? rowsOf(chunk) : await steps.stage(lane, chunk)),
    adds: (chunk) => waits(chunk) && waiting === "earlier",
    async add(lane, merge) {
      await send(lane, merge);
      return true;
    },
    merge: async (lane, merge) => await (waits(merge.chunk) ? send(lane, merge) : steps.merge(lane, merge)),
  });
}

function rowsOf({ content }: Chunk): number {
  return content.kind === "encoded" ? content.rows : 0;
}
