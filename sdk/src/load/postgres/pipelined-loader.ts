import { noCounts, type Counts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";

/** How a strategy brings a chunk in. Both steps run in the chunk's transaction. */
export interface ChunkSteps {
  /** Before the transaction, once a lane. */
  prepare?(lane: Lane): Promise<void>;
  /** Brings the rows to the server, while an earlier chunk may still be merging; returns how many there are. */
  stage(lane: Lane, chunk: Chunk): Promise<number>;
  /** Brings the staged rows into the target, after all earlier chunks are committed; adds to `counts` what became of them. */
  merge(lane: Lane, merge: ChunkMerge): Promise<void>;
}

export interface ChunkMerge {
  readonly chunk: Chunk;
  /** What `stage` returned. */
  readonly staged: number;
  readonly counts: Counts;
}

/** Two: one chunk is staged while the one before it merges; more would only wait for their turn. */
const LANES = 2;

/** Each chunk in a transaction of its own, staged side by side and committed in order. */
export function pipelinedLoader(session: LoadSession, steps: ChunkSteps): Loader {
  const lanes: Promise<Lane>[] = [];
  const busy: Promise<void>[] = [];
  let previous: Promise<void> = Promise.resolve();

  async function openLane(): Promise<Lane> {
    const lane = await session.openLane();
    await steps.prepare?.(lane);
    return lane;
  }

  async function run(chunk: Chunk, lane: Lane, before: Promise<void>): Promise<void> {
    await lane.begin();
    try {
      const staged = await steps.stage(lane, chunk);
      await before;
      await session.lock(lane);
      const counts = noCounts();
      addChunkCounts(counts, chunk, staged);
      await steps.merge(lane, { chunk, staged, counts });
      await session.commit(lane, { counts, deadLetters: chunk.deadLetters, position: chunk.position, finished: chunk.last });
    } catch (error) {
      await lane.rollback();
      throw error;
    }
  }

  return {
    async load(chunk) {
      const slot = chunk.number % LANES;
      await busy[slot];
      const lane = await (lanes[slot] ??= openLane());
      const before = previous;
      previous = busy[slot] = run(chunk, lane, before);
      previous.catch(() => {}); // whoever waits next hears of it
    },
    async finish() {
      await previous;
    },
    async abandon() {
      await Promise.allSettled(busy);
    },
  };
}
