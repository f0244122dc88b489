import { FatalError } from "../../errors/millrace-error.ts";
import type { Loader } from "../loader.ts";
import type { PartitionBounds } from "../partition-bounds.ts";
import type { LoadStrategy } from "../strategy.ts";
import type { ChangeColumns } from "./changes/change-columns.ts";
import { changesLoader } from "./changes/changes-loader.ts";
import { appendLoader } from "./append-loader.ts";
import type { LoadSession } from "./load-session.ts";
import { rowsLoader } from "./rows-loader.ts";
import type { Again } from "./staged-origins.ts";
import { swapLoader } from "./swap/swap-loader.ts";
import type { TargetColumn } from "./target-columns.ts";
import { upsertLoader } from "./upsert-loader.ts";

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
      return upsertLoader(session, {
        key: load.key.map(({ name }) => column(name)),
        orderBy: load.orderBy && orderColumn(column(load.orderBy.name), load.orderBy.name),
        hash: load.hash && column(load.hash.name),
      });
    case "replace":
      if (load.swap) return swapLoader(session, { minRows: load.minRows, maxShrink: load.maxShrink, again });
      return rowsLoader(session, { minRows: load.minRows, maxShrink: load.maxShrink, direct, again });
    case "apply-changes":
      return changesLoader(session, changes!);
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

function orderColumn(column: TargetColumn | undefined, name: string): TargetColumn {
  if (column !== undefined) return column;
  throw new FatalError("ORDER_COLUMN", `Rows do not give "${name}", which the upsert is ordered by`, {
    fix: "Give it in every row",
  });
}
