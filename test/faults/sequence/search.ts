import fc from "fast-check";
import type { World } from "../world/world.ts";
import { anySequence, type SequenceOptions } from "./arbitrary.ts";
import { perform } from "./perform.ts";
import type { Sequence } from "./sequence.ts";
import { Tally } from "./tally.ts";

export interface SearchOptions extends SequenceOptions {
  /** Each sequence has a seed of its own: this one, the next one, and so on. */
  readonly seed: number;
  /** How many steps at least, and how long at most; whichever comes first. */
  readonly steps: number;
  readonly minutes: number;
  /** Told of each sequence that was performed. */
  readonly onSequence?: (done: {
    readonly seed: number;
    readonly sequence: Sequence;
    readonly seconds: number;
    /** Steps of all sequences so far. */
    readonly steps: number;
  }) => void;
  /** Counted in; a new one by default. */
  readonly tally?: Tally;
  readonly onShrink?: (shorter: Sequence) => void;
}

/** A sequence that fails, as short as it was found to be. */
export interface Counterexample {
  readonly seed: number;
  readonly sequence: Sequence;
  readonly error: unknown;
}

export interface SearchResult {
  readonly tally: Tally;
  readonly counterexample: Counterexample | null;
}

/** How long a failing sequence is made shorter. */
const SHRINK_MS = 240_000;

/** Performs random sequences until there were enough, or one fails, which is then made as short as can be. */
export async function search(world: World, options: SearchOptions): Promise<SearchResult> {
  const { steps, minutes, onSequence, onShrink } = options;
  const { tally = new Tally() } = options;
  const until = performance.now() + minutes * 60_000;
  const { signal } = world;
  const goOn = () => tally.steps < steps && performance.now() < until && !signal.aborted;
  for (let { seed } = options; goOn(); seed += 1) {
    let shrinking = false;
    const property = fc.asyncProperty(anySequence(options), async (sequence) => {
      if (signal.aborted) return;
      const began = performance.now();
      try {
        // What is tried to make it shorter does not count.
        await perform(sequence, world, shrinking ? new Tally() : tally);
      } catch (error) {
        await world.recover();
        if (signal.aborted) return;
        shrinking = true;
        onShrink?.(sequence);
        throw error;
      }
      if (shrinking) return;
      onSequence?.({ seed, sequence, seconds: (performance.now() - began) / 1000, steps: tally.steps });
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed,
      numRuns: 1,
      interruptAfterTimeLimit: SHRINK_MS,
      markInterruptAsFailure: false,
    });
    tally.sequences += 1;
    if (failed && counterexample !== null) {
      return { tally, counterexample: { seed, sequence: counterexample[0], error: errorInstance } };
    }
  }
  return { tally, counterexample: null };
}
