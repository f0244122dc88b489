import type { Chunk, Loader } from "./loader.ts";

export interface OneBehindOptions {
  /** Begins what needs no chunk yet; `take` waits for it. */
  readonly prepare: () => Promise<unknown>;
  /** Takes chunks in order, one at a time. */
  readonly take: (chunk: Chunk) => Promise<void>;
  /** Called once nothing is under way any more. */
  readonly giveUp: () => Promise<void>;
}

/** One chunk is on its way to the server while the next one is being made. */
export function oneBehindLoader({ prepare, take, giveUp }: OneBehindOptions): Loader {
  let underWay: Promise<unknown> = Promise.resolve();
  return {
    prepare() {
      underWay = prepare();
      underWay.catch(() => {}); // whoever waits next hears of it
    },
    async load(chunk) {
      await underWay;
      underWay = take(chunk);
      underWay.catch(() => {}); // whoever waits next hears of it
    },
    async finish() {
      await underWay;
    },
    async abandon() {
      await underWay.catch(() => {});
      await giveUp();
    },
  };
}
