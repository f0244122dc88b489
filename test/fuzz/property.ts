import fc from "fast-check";
import type { FuzzPlace } from "./place.ts";

/** What holds whatever the data. */
export interface FuzzProperty {
  /** Begins with what it is about, by which `--only` chooses: "csv: …". */
  readonly name: string;
  /** Cases that the ordinary tests try: about two seconds of them. */
  readonly cases: number;
  open(place: FuzzPlace): Promise<fc.IAsyncProperty<any>>;
}

export interface TryOptions {
  readonly place: FuzzPlace;
  readonly seed: number;
  /** Cases to try; fewer where the time is over before. */
  readonly cases: number;
  readonly seconds?: number | undefined;
  /** Of a failure that is to be seen again: where it is below its seed. */
  readonly path?: string | undefined;
}

export interface Tried {
  readonly cases: number;
  /** The shortest data that were found to break it, and how to try them again; null where none were. */
  readonly failure: string | null;
}

/** So long may one case take before it hangs. */
const HANGS_AFTER_MS = 60_000;

/** Tries random cases, and makes the first that fails as short as it gets. */
export async function tryProperty(property: FuzzProperty, options: TryOptions): Promise<Tried> {
  const { place, seed, cases, seconds, path } = options;
  const details = await fc.check(await property.open(place), {
    seed,
    numRuns: cases,
    ...(path !== undefined && { path }),
    ...(seconds !== undefined && { interruptAfterTimeLimit: seconds * 1000 }),
  });
  if (!details.failed) return { cases: details.numRuns, failure: null };
  const again = `Again: pnpm test:fuzz --seed ${seed} --path ${details.counterexamplePath} --only "${property.name}"`;
  const told = await fc.asyncDefaultReportMessage({
    ...details,
    runConfiguration: { ...details.runConfiguration, includeErrorInReport: true },
  });
  return { cases: details.numRuns, failure: `${property.name}\n${told}\n${again}` };
}

/** A property of cases that each fail where they hang. */
export function holds<Case>(cases: fc.Arbitrary<Case>, check: (one: Case) => Promise<void>): fc.IAsyncProperty<[Case]> {
  return fc.asyncProperty(cases, async (one) => {
    const hung = Promise.withResolvers<never>();
    const timer = setTimeout(() => hung.reject(new Error(`not done after ${HANGS_AFTER_MS} ms`)), HANGS_AFTER_MS);
    await Promise.race([check(one), hung.promise]).finally(() => clearTimeout(timer));
  });
}
