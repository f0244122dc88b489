import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import type { Chunk, EncodedContent } from "../../loader.ts";
import type { Lane } from "../lane.ts";
import { inParts, pickRows, rowsLeft } from "./parts.ts";
import type { Refusal } from "./refusal.ts";
import { withinSavepoint } from "./savepoint.ts";

/** How a strategy brings in a chunk, or a part of it, within a transaction. */
export interface PartSteps {
  /** Empties what another part may have left in temporary tables. */
  reset?(lane: Lane): Promise<void>;
  /** Brings the rows to the server and returns how many there are. */
  stage(lane: Lane, chunk: Chunk): Promise<number>;
  /** Brings the staged rows into the target; adds to `counts` what became of them. */
  merge(lane: Lane, merge: ChunkMerge): Promise<void>;
}

export interface ChunkMerge {
  readonly chunk: Chunk;
  /** What `stage` returned. */
  readonly staged: number;
  readonly counts: Counts;
}

export interface LoadInPartsOptions {
  readonly chunk: Chunk;
  readonly steps: PartSteps;
  readonly counts: Counts;
}

/**
 * Stages and merges a chunk in parts, each within a savepoint of the lane's transaction, until the rows that the server
 * refuses stand alone: for strategies that can not be written as one statement. Returns those rows.
 */
export async function loadInParts(lane: Lane, { chunk, steps, counts }: LoadInPartsOptions): Promise<Map<number, Refusal>> {
  const content = chunk.content as EncodedContent;
  const refused = new Map<number, Refusal>();
  const bring = async (rows: readonly number[]): Promise<Refusal | null> => {
    const part: Chunk = { ...chunk, content: partOf(content, rows) };
    const merged = noCounts();
    const refusal = await withinSavepoint(lane.client, async () => {
      await steps.reset?.(lane);
      const staged = await steps.stage(lane, part);
      await steps.merge(lane, { chunk: part, staged, counts: merged });
    });
    if (refusal === null) addCounts(counts, merged);
    return refusal;
  };
  await inParts(rowsLeft(content, refused), bring, refused);
  return refused;
}

/** Consecutive rows of a chunk as content of their own. */
function partOf(content: EncodedContent, rows: readonly number[]): EncodedContent {
  const first = rows[0]!;
  const start = first === 0 ? 0 : content.ends[first - 1]!;
  const ends = content.ends.subarray(first, first + rows.length).map((end) => end - start);
  return { ...content, data: pickRows(content, rows), rows: rows.length, ends };
}
