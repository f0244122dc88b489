import { addCounts, noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import type { LoadSession } from "./load-session.ts";

/** Each chunk is copied straight into the target, in a transaction of its own. */
export function appendLoader(session: LoadSession): Loader {
  let position = 0;
  return {
    async load(chunk: Chunk) {
      position = chunk.position;
      await session.transaction(async () => {
        const inserted = await session.put(chunk, session.target);
        const counts = noCounts();
        addChunkCounts(counts, chunk, inserted);
        addCounts(counts, { inserted });
        return { counts, deadLetters: chunk.deadLetters, position, finished: false };
      });
    },
    async finish() {
      await session.transaction(async () => ({ counts: noCounts(), deadLetters: [], position, finished: true }));
    },
  };
}
