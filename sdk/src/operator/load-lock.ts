import { tableName } from "../load/postgres/target-columns.ts";
import type { Operator } from "./define-operator.ts";

/**
 * The lock that whoever writes a partition of a table holds for its transaction. Changes of several partitions may speak of
 * one key: theirs is the table's.
 */
export function loadLockName(
  { target, load }: Pick<Operator, "target" | "load">,
  partition: string | undefined,
): string {
  return `millrace ${tableName(target)} ${load.strategy === "apply-changes" ? "" : (partition ?? "")}`;
}
