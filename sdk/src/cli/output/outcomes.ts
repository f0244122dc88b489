import { fileURLToPath } from "node:url";
import type { PipesException } from "../../host/pipes/protocol.ts";
import type { PartitionOutcome } from "../launch/partition-outcomes.ts";
import type { Output } from "./output.ts";

const COUNTS = [
  "read",
  "inserted",
  "updated",
  "unchanged",
  "deleted",
  "removed",
  "filtered",
  "superseded",
  "rejected",
] as const;

/** A line for each partition: how it came out, with the counts that some of them have. */
export function outcomesTable(outcomes: readonly PartitionOutcome[], output: Output): string {
  const counts = COUNTS.filter((name) => name === "read" || outcomes.some(({ facts }) => Number(facts[name] ?? 0) > 0));
  const rows = outcomes.map(({ partition, status, facts }) => [
    ...(partition === null ? [] : [partition]),
    output.style(status === "done" ? "green" : "red", status),
    ...counts.map((name) => Number(facts[name] ?? 0)),
    Number(facts["duration_seconds"] ?? 0).toFixed(2),
    String(facts["start"] ?? ""),
  ]);
  const partitioned = outcomes.some(({ partition }) => partition !== null);
  return output.table([...(partitioned ? ["partition"] : []), "status", ...counts, "seconds", "start"], rows);
}

/** What went wrong, or may have, below the table: errors in full, checks that did not pass, dead letters. */
export function troubles(outcomes: readonly PartitionOutcome[], output: Output): string {
  const lines: string[] = [];
  const said = new Set<string>();
  for (const { partition, error, checks, facts } of outcomes) {
    const of = partition === null ? "" : ` ${partition}`;
    // What ended the process is the error of each partition that it has not come to.
    if (error !== null && !said.has(error.message))
      lines.push(`${output.style("red", `failed${of}`)}  ${describe(error)}`);
    if (error !== null) said.add(error.message);
    for (const check of checks.filter(({ passed }) => !passed)) {
      lines.push(
        `${output.style("yellow", `check${of}`)}  ${check.name} did not pass${check.severity === "WARN" ? " (a warning)" : ""}`,
      );
    }
    const rejected = Number(facts["rejected"] ?? 0);
    // A dry run shows them itself, and keeps none.
    if (rejected > 0 && facts["dry_run"] !== true) {
      const records = rejected === 1 ? "1 record" : `${rejected} records`;
      lines.push(`${output.style("yellow", `rejected${of}`)}  ${records}: millrace failures list`);
    }
  }
  return lines.join("\n");
}

/** Parts of frames that say nothing of the operator's own files: Node's, and this package's. */
const OURS = ["node:", fileURLToPath(new URL("../../", import.meta.url))];

/** Our own errors say what to do; of others the stack says where they came from. */
function describe({ message, stack, cause }: PipesException): string {
  const own = /^\[[A-Z_]+\] /.test(message);
  const frames = own
    ? ""
    : stack
        .filter((frame) => !frame.includes(message) && !OURS.some((part) => frame.includes(part)))
        .map((frame) => `\n  ${frame.trim()}`)
        .join("");
  return `${message}${frames}${cause === null ? "" : `\n  caused by: ${describe(cause).replaceAll("\n", "\n  ")}`}`;
}

/** Whether a command that ran these has done what it was asked. */
export function allWell(outcomes: readonly PartitionOutcome[]): boolean {
  return outcomes.every(
    ({ status, checks }) => status === "done" && checks.every(({ passed, severity }) => passed || severity === "WARN"),
  );
}
