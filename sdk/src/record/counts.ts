/**
 * What became of the records of a run: read = inserted + updated + unchanged + deleted + filtered + superseded + rejected.
 * `removed` and `repaired` stand apart: rows of the target that the source no longer has, and records of which a text was changed.
 */
export interface Counts {
  read: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /** Records of the source that said "delete". */
  deleted: number;
  /** Left out by the transform. */
  filtered: number;
  /** Replaced by a later record with the same key. */
  superseded: number;
  /** Dead letters. */
  rejected: number;
  removed: number;
  /** Their text was changed so that its column holds it: see `TextPolicy`. */
  repaired: number;
}

export function noCounts(): Counts {
  return {
    read: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    filtered: 0,
    superseded: 0,
    rejected: 0,
    removed: 0,
    repaired: 0,
  };
}

/** Adds `more` to `counts`, in place. */
export function addCounts(counts: Counts, more: Partial<Counts>): void {
  for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += more[key] ?? 0;
}

/** The sum of all outcomes: what `read` must be. */
export function accounted(counts: Counts): number {
  const { inserted, updated, unchanged, deleted, filtered, superseded, rejected } = counts;
  return inserted + updated + unchanged + deleted + filtered + superseded + rejected;
}
