import { FatalError } from "../../errors/millrace-error.ts";
import type { Loader } from "../loader.ts";
import type { PartitionBounds } from "../partition-bounds.ts";
import type { LoadStrategy } from "../strategy.ts";
import type { ChangeColumns } from "./changes/change-columns.ts";
import { appendLoader } from "./append-loader.ts";
import { chunkSteps } from "./chunk-steps.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";
import { rowsLoader } from "./rows-loader.ts";
import type { Again } from "./staged-origins.ts";
import { swapLoader } from "./swap/swap-loader.ts";

export interface OpenLoaderOptions {
  readonly load: LoadStrategy;
  /** Of the column that `deleteInsert` is partitioned by; null where the operator has no partitions. */
  readonly bounds: PartitionBounds | null;
  /** See `RowsLoaderOptions`. */
  readonly direct: boolean;
  readonly again?: Again | null;
  /** Of `applyChanges`. */
  readonly changes: ChangeColumns | null;
}

/** The loader of a strategy. */
export function openLoader(
  session: LoadSession,
  { load, bounds, direct, again = null, changes }: OpenLoaderOptions,
): Loader {
  const column = (name: string) => session.columns.find((candidate) => candidate.name === name)!;
  switch (load.strategy) {
    case "append":
      return appendLoader(session);
    case "upsert":
    case "apply-changes":
      return pipelinedLoader(session, chunkSteps(session, load, changes));
    case "replace":
      if (load.swap) return swapLoader(session, { minRows: load.minRows, maxShrink: load.maxShrink, again });
      return rowsLoader(session, { minRows: load.minRows, maxShrink: load.maxShrink, direct, again });
    case "delete-insert":
      if (bounds === null) {
        throw new FatalError("PARTITION_MISSING", "deleteInsert replaces a partition, and the operator has none", {
          fix: "Declare `partitions`, or load with `replace`",
        });
      }
      return rowsLoader(session, {
        minRows: 0,
        maxShrink: 1,
        direct,
        again,
        partition: { column: column(load.partitionBy.name), bounds },
      });
  }
}
