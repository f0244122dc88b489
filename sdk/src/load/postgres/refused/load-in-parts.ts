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
  /** Brings the staged rows into the target; adds to `counts` what became of them. */
  merge(lane: Lane, merge: ChunkMerge): Promise<void>;
}

export interface ChunkMerge {
  readonly chunk: Chunk;
  /** What `stage` returned. */
  readonly staged: number;
  readonly counts: Counts;
}

export interface PartOptions {
  readonly chunk: Chunk;
  readonly content: EncodedContent;
  readonly steps: PartSteps;
  readonly counts: Counts;
  /** Called between the steps. */
  readonly turn: () => Promise<void>;
}

/** Loads some of a chunk's rows as the strategy does it; leaves nothing of them behind where the server refuses one. */
export async function loadPart(
  lane: Lane,
  rows: Rows,
  { chunk, content, steps, counts, turn }: PartOptions,
): Promise<Refusal | null> {
  const part = partOf(chunk, content, rows);
  const merged = noCounts();
  const refusal = await withinSavepoint(lane.client, async () => {
    const staged = await steps.stage(lane, part);
    await turn();
    await steps.merge(lane, { chunk: part, staged, counts: merged });
  });
  if (refusal === null) addCounts(counts, merged);
  return refusal;
}
