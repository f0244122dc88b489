import { noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk, type Commit, type Loader } from "../loader.ts";
import { databaseMayRecover } from "./database-retry.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { CarefulLoad, type CarefulSteps } from "./refused/careful-load.ts";
import { asRefusal, type Refusal } from "./refused/refusal.ts";
import { StandDown, Turn } from "./turn.ts";

/**
 * How a strategy brings a chunk in: `stage`, while an earlier chunk may still be merging, and `merge`, after all earlier
 * chunks are committed, both in the chunk's transaction.
 */
export interface ChunkSteps extends CarefulSteps {
  /**
   * What becomes of a row depends on the others of its chunk: so each chunk is tried plainly first, whatever the one before it was
   * like, and comes to the same where a load was interrupted between the two.
   */
  readonly plainFirst?: boolean;
  /** Before the transaction, once a lane. */
  prepare?(lane: Lane): Promise<void>;
}

/** Each chunk in a transaction of its own, staged side by side and committed in order; one that fails with what passes is done again. */
export function pipelinedLoader(session: LoadSession, steps: ChunkSteps): Loader {
  const lanes: (Lane | undefined)[] = [];
  const busy: Promise<void>[] = [];
  const careful = new CarefulLoad(session, steps);
  let previous: Turn | undefined;
  /** What a chunk failed with in the end: none after it may be committed. */
  let failure: { readonly error: unknown } | undefined;

  function checkFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  async function rowsBefore(turn: Turn): Promise<void> {
    await turn.rowsBefore();
    checkFailure();
  }

  async function allBefore(lane: Lane, turn: Turn): Promise<void> {
    await turn.allBefore();
    checkFailure();
    await session.lock(lane);
  }

  async function loadPlainly(chunk: Chunk, lane: Lane, turn: Turn): Promise<void> {
    const staged = await steps.stage(lane, chunk);
    const counts = noCounts();
    addChunkCounts(counts, chunk, staged);
    const merge = { chunk, staged, counts };
    let added = false;
    if (steps.adds?.(chunk)) {
      await rowsBefore(turn);
      added = await steps.add!(lane, merge);
      if (added) turn.rowsIn();
    }
    await allBefore(lane, turn);
    if (!added) await steps.merge(lane, merge);
    await commit(lane, chunk, { counts, deadLetters: chunk.deadLetters });
  }

  async function loadCarefully(
    chunk: Chunk,
    lane: Lane,
    { turn, refusal }: { readonly turn: Turn; readonly refusal: Refusal | null },
  ): Promise<void> {
    const { counts, deadLetters } = await careful.load(lane, chunk, {
      turn: () => allBefore(lane, turn),
      rowsBefore: () => rowsBefore(turn),
      rowsIn: () => turn.rowsIn(),
      refusal,
    });
    await allBefore(lane, turn);
    await commit(lane, chunk, { counts, deadLetters: [...chunk.deadLetters, ...deadLetters] });
  }

  async function commit(
    lane: Lane,
    { position, cursor, last }: Chunk,
    outcome: Pick<Commit, "counts" | "deadLetters">,
  ): Promise<void> {
    await session.commit(lane, { ...outcome, position, cursor, finished: last });
  }

  async function inTransaction(lane: Lane, turn: Turn, work: () => Promise<void>): Promise<void> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    try {
      await turn.begin(over);
      await lane.begin();
      await work();
    } catch (error) {
      await lane.rollback();
      throw error;
    } finally {
      end();
    }
  }

  async function attempt(chunk: Chunk, lane: Lane, turn: Turn): Promise<void> {
    let refusal: Refusal | null = null;
    if (steps.plainFirst === true || !careful.expected) {
      try {
        await inTransaction(lane, turn, () => loadPlainly(chunk, lane, turn));
        return;
      } catch (error) {
        refusal = asRefusal(error);
        if (failure !== undefined || refusal === null) throw error;
      }
    }
    await careful.prepare(lane);
    await inTransaction(lane, turn, () => loadCarefully(chunk, lane, { turn, refusal }));
  }

  /** The slot's lane, which is made anew after an error: nobody knows what state it is in. */
  async function onLane(slot: number, work: (lane: Lane) => Promise<void> = async () => {}): Promise<void> {
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

  async function run(chunk: Chunk, slot: number, turn: Turn): Promise<void> {
    try {
      for (let ended = false; !ended;) {
        try {
          await session.retry(
            () => onLane(slot, (lane) => attempt(chunk, lane, turn)),
            (error) => failure === undefined && databaseMayRecover(error),
          );
          ended = true;
        } catch (error) {
          if (!(error instanceof StandDown)) throw error;
          checkFailure();
        }
      }
      chunk.release?.();
    } catch (error) {
      failure ??= { error };
      throw failure.error; // what came first, and not that others gave up because of it
    } finally {
      turn.end();
    }
  }

  return {
    prepare() {
      busy[0] = onLane(0).catch(() => {}); // the first chunk tries again
    },
    async load(chunk) {
      const slot = chunk.number % session.lanes;
      await busy[slot];
      const turn = (previous = new Turn(previous));
      busy[slot] = run(chunk, slot, turn);
      busy[slot].catch(() => {}); // whoever waits next hears of it
    },
    async finish() {
      await previous?.ended;
      checkFailure();
    },
    async abandon() {
      await Promise.allSettled(busy);
    },
  };
}
