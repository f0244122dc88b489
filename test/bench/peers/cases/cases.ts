import type { Bench } from "../bench.ts";
import type { PeerCase } from "../contender.ts";
import { backfillCase } from "./backfill.ts";
import { changesCase } from "./changes.ts";
import { incrementalCase } from "./incremental.ts";
import { appendCase, changedCase, dayCase, refreshCase, reloadCase, upsertCase } from "./orders.ts";

/** All cases, in the order of their tables. */
export const cases = {
  upsert: upsertCase,
  append: appendCase,
  reload: reloadCase,
  changed: changedCase,
  day: dayCase,
  refresh: refreshCase,
  changes: changesCase,
  incremental: incrementalCase,
  backfill: backfillCase,
} as const satisfies Record<string, (bench: Bench) => Promise<PeerCase>>;
