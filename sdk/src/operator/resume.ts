import { FatalError } from "../errors/millrace-error.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import { noCounts, type Counts } from "../record/counts.ts";
import type { Previous } from "../state/ledger.ts";

/** Where an attempt begins. */
export type Start =
  | { readonly kind: "fresh" }
  /** Goes on behind the records that were committed before. */
  | { readonly kind: "resume"; readonly position: number; readonly counts: Counts }
  /** Finished before, from the same source: an append must not be repeated. */
  | { readonly kind: "already-loaded" };

/** How a partition's load began; `reported-again` where the same run of the scheduler had finished it already. */
export type StartKind = Start["kind"] | "reported-again";

/** Strategies that commit chunk by chunk, so that an interrupted load can go on behind the last one. */
const BY_CHUNK = new Set<LoadStrategy["strategy"]>(["append", "upsert", "apply-changes"]);

export function commitsByChunk({ strategy }: LoadStrategy): boolean {
  return BY_CHUNK.has(strategy);
}

/**
 * Decides where an attempt begins, from what the one before it left.
 * Raises FatalError SOURCE_CHANGED where going on, or starting again, would append rows twice.
 */
export function decideStart(load: LoadStrategy, previous: Previous | null, fingerprint: string | null): Start {
  if (previous === null || !commitsByChunk(load)) return { kind: "fresh" };
  const same = fingerprint !== null && previous.source === fingerprint;
  if (previous.status === "running" && previous.position > 0 && same) {
    return { kind: "resume", position: previous.position, counts: { ...noCounts(), ...previous.counts } };
  }
  if (load.strategy === "append" && (previous.status === "finished" || previous.position > 0)) {
    if (same) return { kind: "already-loaded" };
    throw new FatalError(
      "SOURCE_CHANGED",
      `The source has changed since ${previous.position} of its records were appended; appending again would double them`,
      {
        fix: "Use deleteInsert or upsert for a source that changes, or remove the rows and the partition's line in millrace.checkpoints",
      },
    );
  }
  return { kind: "fresh" };
}
