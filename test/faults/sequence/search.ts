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
  /** Told of each failure, also of those that are found on the way to a shorter sequence. */
  readonly onFailure?: (failed: Counterexample) => void;
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

/**
 * Performs random sequences, one at a time in each world, until there were enough, or one fails, which is then made as short as
 * can be. What a seed leads to does not depend on the world.
 */
export async function search(worlds: readonly World[], options: SearchOptions): Promise<SearchResult> {
  const searcher = new Searcher(options);
  await Promise.all(worlds.map((world) => searcher.search(world)));
  return { tally: searcher.tally, counterexample: searcher.counterexample };
}

class Searcher {
  readonly tally: Tally;
  counterexample: Counterexample | null = null;
  readonly #options: SearchOptions;
  readonly #until: number;
  #seed: number;
  /** The seed whose sequence is being made shorter. */
  #failing: number | null = null;

  constructor(options: SearchOptions) {
    const { tally = new Tally(), minutes, seed } = options;
    this.tally = tally;
    this.#options = options;
    this.#until = performance.now() + minutes * 60_000;
    this.#seed = seed;
  }

  async search(world: World): Promise<void> {
    while (this.#goesOn(world)) {
      const seed = this.#seed;
      this.#seed += 1;
      await this.#try(world, seed);
    }
  }

  #goesOn({ signal }: World): boolean {
    const enough = this.tally.steps >= this.#options.steps || performance.now() >= this.#until;
    return !enough && this.#failing === null && !signal.aborted;
  }

  /** Performs the sequence of a seed, and should it be the first one that fails, shorter ones. */
  async #try(world: World, seed: number): Promise<void> {
    const { signal } = world;
    const { onSequence, onFailure } = this.#options;
    const property = fc.asyncProperty(anySequence(this.#options), async (sequence) => {
      if (signal.aborted) return;
      const began = performance.now();
      try {
        // What is tried to make it shorter does not count.
        await perform(sequence, world, this.#failing === seed ? new Tally() : this.tally);
      } catch (error) {
        await world.recover();
        if (signal.aborted) return;
        onFailure?.({ seed, sequence, error });
        this.#failing ??= seed;
        if (this.#failing === seed) throw error;
        return;
      }
      if (this.#failing === seed) return;
      onSequence?.({ seed, sequence, seconds: (performance.now() - began) / 1000, steps: this.tally.steps });
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed,
      numRuns: 1,
      interruptAfterTimeLimit: SHRINK_MS,
      markInterruptAsFailure: false,
    });
    this.tally.sequences += 1;
    if (failed && counterexample !== null)
      this.counterexample = { seed, sequence: counterexample[0], error: errorInstance };
  }
}
