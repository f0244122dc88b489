import type { Command } from "commander";
import type { LaunchPartitions } from "../../host/host.ts";
import type { Operator } from "../../operator/operator.ts";
import { selectPartitions } from "../../operator/partitions/select.ts";
import { UsageError } from "../command-error.ts";

export interface PartitionOptions {
  readonly partition?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

export function withPartitions(command: Command): Command {
  return command
    .option("-p, --partition <key...>", "the partitions, in the order given")
    .option("--from <key>", "the first partition of several")
    .option("--to <key>", "the last one, included");
}

/** The keys that were asked for; null of an operator without partitions. Raises FatalError: see `selectPartitions`. */
export function askedKeys(operator: Operator, { partition, from, to }: PartitionOptions): readonly string[] | null {
  if (operator.partitions === undefined && partition === undefined) return null;
  const keys = selectPartitions(
    operator,
    asked({ ...(partition && { partition }), ...(from && { from }), ...(to && { to }) }),
  );
  return keys.flatMap((each) => (each === null ? [] : [each.key]));
}

function asked({ partition, from, to }: PartitionOptions): LaunchPartitions | null {
  if (partition !== undefined && (from !== undefined || to !== undefined)) {
    throw new UsageError("USAGE", "--partition was given beside --from and --to", { fix: "Give one or the other" });
  }
  if (partition !== undefined) return { kind: "keys", keys: partition };
  if (from === undefined && to === undefined) return null;
  if (from === undefined || to === undefined) {
    throw new UsageError("USAGE", "--from and --to belong together", { fix: "Give both, or --partition" });
  }
  return { kind: "range", start: from, end: to };
}
