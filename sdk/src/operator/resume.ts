import { FatalError } from "../errors/millrace-error.ts";
import type { Source } from "../extract/source.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import { noCounts, type Counts } from "../record/counts.ts";
import type { Previous } from "../state/begin-attempt.ts";
import type { Operator } from "./operator.ts";

/** Where an attempt begins. */
export type Start =
  | { readonly kind: "fresh" }
  /** Goes on behind the records that were committed before. */
  | { readonly kind: "resume"; readonly position: number; readonly counts: Counts }
  /** Begins where a finished run's cursor is. */
  | { readonly kind: "incremental" }
  /** Finished before, from the same source: an append must not be repeated. */
  | { readonly kind: "already-loaded" };

/** How a partition's load began; `reported-again` where the same run of the scheduler had finished it already. */
export type StartKind = Start["kind"] | "reported-again";

/** Strategies that commit chunk by chunk, so that an interrupted load can go on behind the last one. */
const BY_CHUNK = new Set<LoadStrategy["strategy"]>(["append", "upsert", "apply-changes"]);

export function commitsByChunk({ strategy }: LoadStrategy): boolean {
  return BY_CHUNK.has(strategy);
}

/** Whether a source says where to go on behind its records. */
export function hasCursor(source: Source<unknown>): boolean {
  return source.kind === "records" && source.resumes === "cursor";
}

export interface DecideOptions {
  readonly load: LoadStrategy;
  /** What the attempt before this one left. */
  readonly previous: Previous | null;
  readonly source: Source<unknown>;
  readonly fingerprint: string | null;
}

/**
 * Decides where an attempt begins, from what the one before it left.
 * Raises FatalError SOURCE_CHANGED where going on, or starting again, would append rows twice; APPEND_REPEATS where the source
 * itself may give rows twice.
 */
export function decideStart({ load, previous, source, fingerprint }: DecideOptions): Start {
  if (hasCursor(source)) refuseRepeats(load, source);
  if (previous === null) return { kind: "fresh" };
  const same = fingerprint !== null && previous.source === fingerprint;
  if (hasCursor(source) && previous.cursor !== null) {
    return previous.status === "running" && commitsByChunk(load) ? resume(previous) : { kind: "incremental" };
  }
  if (!commitsByChunk(load)) return { kind: "fresh" };
  if (!hasCursor(source) && previous.status === "running" && previous.position > 0 && same) return resume(previous);
  const finished = previous.status === "finished" && !hasCursor(source);
  if (load.strategy === "append" && (finished || previous.position > 0)) {
    if (same && !hasCursor(source)) return { kind: "already-loaded" };
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

/**
 * For a run that is to begin at the beginning: as if there had been none before.
 * Raises FatalError FRESH_APPEND where rows that were appended would be appended again.
 */
export function forget({ name, targets }: Operator, previous: Previous | null): null {
  if (previous === null || previous.position === 0 || !targets.some(({ load }) => load.strategy === "append"))
    return null;
  throw new FatalError(
    "FRESH_APPEND",
    `"${name}" has appended rows, and from the beginning it would append them again`,
    {
      fix: "Remove the rows and reset the checkpoint (millrace checkpoints reset), or run it without --fresh",
    },
  );
}

/** The same for an operator that does its work itself: it goes on where the last commit has said that it can. */
export function decideRun(previous: Previous | null): Exclude<Start, { readonly kind: "already-loaded" }> {
  if (previous === null || previous.cursor === null) return { kind: "fresh" };
  return previous.status === "running" ? resume(previous) : { kind: "incremental" };
}

function resume({ position, counts }: Previous): Extract<Start, { readonly kind: "resume" }> {
  return { kind: "resume", position, counts: { ...noCounts(), ...counts } };
}

function refuseRepeats({ strategy }: LoadStrategy, source: Source<unknown>): void {
  if (strategy !== "append" || source.kind === "query" || source.repeats !== true) return;
  throw new FatalError("APPEND_REPEATS", `${source.uri} may give a row more than once, and append would double it`, {
    fix: "Load it with upsert",
  });
}
