import { noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import { databaseMayRecover } from "./database-retry.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulLoad, type CarefulSteps } from "./refused/careful-load.ts";
import { asRefusal, type Refusal } from "./refused/refusal.ts";

/**
 * How a strategy brings a chunk in: `stage`, while an earlier chunk may still be merging, and `merge`, after all earlier
 * chunks are committed, both in the chunk's transaction.
 */
export interface ChunkSteps extends CarefulSteps {
  /** Before the transaction, once a lane. */
  prepare?(lane: Lane): Promise<void>;
}

/** Each chunk in a transaction of its own, staged side by side and committed in order; one that fails with what passes is done again. */
export function pipelinedLoader(session: LoadSession, steps: ChunkSteps): Loader {
  const lanes: (Lane | undefined)[] = [];
  const busy: Promise<void>[] = [];
  const careful = new CarefulLoad(session, steps);
  let previous: Promise<void> = Promise.resolve();
  /** What a chunk failed with in the end: none after it may be committed. */
  let failure: { readonly error: unknown } | undefined;

  async function turn(lane: Lane, before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    if (failure !== undefined) throw failure.error;
    await session.lock(lane);
  }

  async function loadPlainly(chunk: Chunk, lane: Lane, before: Promise<void>): Promise<void> {
    const staged = await steps.stage(lane, chunk);
    await turn(lane, before);
    const counts = noCounts();
    addChunkCounts(counts, chunk, staged);
    await steps.merge(lane, { chunk, staged, counts });
    await session.commit(lane, {
      counts,
      deadLetters: chunk.deadLetters,
      position: chunk.position,
      cursor: chunk.cursor,
      finished: chunk.last,
    });
  }

  async function loadCarefully(
    chunk: Chunk,
    lane: Lane,
    { before, refusal }: { readonly before: Promise<void>; readonly refusal: Refusal | null },
  ): Promise<void> {
    const { counts, deadLetters } = await careful.load(lane, chunk, { turn: () => turn(lane, before), refusal });
    await session.commit(lane, {
      counts,
      deadLetters: [...chunk.deadLetters, ...deadLetters],
      position: chunk.position,
      cursor: chunk.cursor,
      finished: chunk.last,
    });
  }

  async function inTransaction(lane: Lane, work: () => Promise<void>): Promise<void> {
    await lane.begin();
    try {
      await work();
    } catch (error) {
      await lane.rollback();
      throw error;
    }
  }

  async function attempt(chunk: Chunk, lane: Lane, before: Promise<void>): Promise<void> {
    let refusal: Refusal | null = null;
    if (!careful.expected) {
      try {
        await inTransaction(lane, () => loadPlainly(chunk, lane, before));
        return;
      } catch (error) {
        refusal = asRefusal(error);
        if (failure !== undefined || refusal === null) throw error;
      }
    }
    await careful.prepare(lane);
    await inTransaction(lane, () => loadCarefully(chunk, lane, { before, refusal }));
  }

  /** On the slot's lane, which is made anew after an error: nobody knows what state it is in. */
  async function onLane(slot: number, work: (lane: Lane) => Promise<void>): Promise<void> {
    let lane = lanes[slot];
    try {
      if (lane === undefined) {
        lane = await session.openLane();
        await steps.prepare?.(lane);
        lanes[slot] = lane;
      }
      await work(lane);
    } catch (error) {
      lanes[slot] = undefined;
      await lane?.close();
      throw error;
    }
  }

  async function run(chunk: Chunk, slot: number, before: Promise<void>): Promise<void> {
    try {
      await session.retry(
        () => onLane(slot, (lane) => attempt(chunk, lane, before)),
        (error) => failure === undefined && databaseMayRecover(error),
      );
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  }

  return {
    async load(chunk) {
      const slot = chunk.number % session.lanes;
      await busy[slot];
      const before = previous;
      previous = busy[slot] = run(chunk, slot, before);
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
