import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import type { Chunk, EncodedContent } from "../../loader.ts";
import type { Lane } from "../lane.ts";
import { partOf, type Rows } from "./parts.ts";
import type { Refusal } from "./refusal.ts";
import { withinSavepoint } from "./savepoint.ts";

/** How a strategy brings in a chunk, or a part of it, within a transaction. */
export interface PartSteps {
  /** Empties what another part may have left in temporary tables. */
  reset?(lane: Lane): Promise<void>;
  /** Brings the rows to the server and returns how many there are. */
  stage(lane: Lane, chunk: Chunk): Promise<number>;
  /** Whether a staged chunk is to be brought in by `add`, which may be called before those before it are committed. */
  adds?(chunk: Chunk): boolean;
  /**
   * Adds the rows to the target beside all that are there, to be called once those of all chunks before are there; once it has
   * ended, nothing the chunk does may wait for another one's rows. False where it came to nothing, and `merge` is to do it.
   */
  add?(lane: Lane, merge: ChunkMerge): Promise<boolean>;
  /** Brings the staged rows into the target; adds to `counts` what became of them. */
  merge(lane: Lane, merge: ChunkMerge): Promise<void>;
}

export interface ChunkMerge {
  readonly chunk: Chunk;
  /** What `stage` returned. */
  readonly staged: number;
  readonly counts: Counts;
}

/** Waits for a chunk's turn. */
export interface Turns {
  /** To be called once or more before the target is touched, but by `add`. */
  readonly turn: () => Promise<void>;
  /** Where chunks overtake each other: waits until the rows of all chunks before are in the target. */
  readonly rowsBefore?: () => Promise<void>;
}

export interface PartOptions extends Turns {
  readonly chunk: Chunk;
  readonly content: EncodedContent;
  readonly steps: PartSteps;
  readonly counts: Counts;
}

/** Loads some of a chunk's rows as the strategy does it; leaves nothing of them behind where the server refuses one. */
export async function loadPart(
  lane: Lane,
  rows: Rows,
  { chunk, content, steps, counts, turn, rowsBefore }: PartOptions,
): Promise<Refusal | null> {
  const part = partOf(chunk, content, rows);
  const merged = noCounts();
  const refusal = await withinSavepoint(lane.client, async () => {
    const merge = { chunk: part, staged: await steps.stage(lane, part), counts: merged };
    if (rowsBefore !== undefined && steps.adds?.(part)) {
      await rowsBefore();
      if (await steps.add!(lane, merge)) return;
    }
    await turn();
    await steps.merge(lane, merge);
  });
  if (refusal === null) addCounts(counts, merged);
  return refusal;
}
