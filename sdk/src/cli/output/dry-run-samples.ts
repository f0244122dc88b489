import type { PartitionOutcome } from "../launch/partition-outcomes.ts";
import type { Output } from "./output.ts";

interface TableFact {
  readonly records: readonly Readonly<Record<string, string | null>>[];
}

/** The first rows that a dry run would have written, and the first records that it would have rejected. */
export function dryRunSamples(outcomes: readonly PartitionOutcome[], output: Output): string {
  const lines: string[] = [];
  for (const { partition, facts } of outcomes) {
    if (facts["dry_run"] !== true) continue;
    const of = partition === null ? "" : `${partition}  `;
    const written = (facts["would_write"] as unknown as TableFact | undefined)?.records ?? [];
    const rejected = (facts["would_reject"] as unknown as TableFact | undefined)?.records ?? [];
    for (const { operation, row } of written) lines.push(`${of}would ${operation}  ${row}`);
    for (const { code, reason, record } of rejected) {
      lines.push(`${of}${output.style("yellow", "would reject")}  ${code}: ${reason}  ${record ?? ""}`);
    }
  }
  return [...lines, output.style("dim", "Nothing was kept: this was a dry run.")].join("\n");
}
