import { FatalError } from "../../errors/millrace-error.ts";
import type { Append, ApplyChanges, Upsert } from "../strategy.ts";
import type { ChangeColumns } from "./changes/change-columns.ts";
import { changesSteps } from "./changes/changes-steps.ts";
import { copySteps } from "./insert-rows.ts";
import type { LoadSession } from "./load-session.ts";
import type { ChunkSteps } from "./pipelined-loader.ts";
import type { TargetColumn } from "./target-columns.ts";
import { upsertSteps } from "./upsert-steps.ts";

/** How a strategy that commits chunk by chunk brings one in, in whatever transaction; `changes` are those of `applyChanges`. */
export function chunkSteps(
  session: LoadSession,
  load: Append | Upsert | ApplyChanges,
  changes: ChangeColumns | null,
): ChunkSteps {
  const column = (name: string) => session.columns.find((candidate) => candidate.name === name)!;
  switch (load.strategy) {
    case "append":
      return copySteps(session);
    case "upsert":
      return upsertSteps(session, {
        key: load.key.map(({ name }) => column(name)),
        orderBy: load.orderBy && orderColumn(column(load.orderBy.name), load.orderBy.name),
        hash: load.hash && column(load.hash.name),
      });
    case "apply-changes":
      return changesSteps(session, changes!);
  }
}

function orderColumn(column: TargetColumn | undefined, name: string): TargetColumn {
  if (column !== undefined) return column;
  throw new FatalError("ORDER_COLUMN", `Rows do not give "${name}", which the upsert is ordered by`, {
    fix: "Give it in every row",
  });
}
