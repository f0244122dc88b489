import { cpus, totalmem } from "node:os";
import type { Fault } from "../fault/fault.ts";
import type { Counterexample } from "./search.ts";
import { describeStep } from "./sequence.ts";
import type { Tally } from "./tally.ts";

/** A line of the table at the end. */
export interface ReportRow {
  readonly fault: string;
  readonly injected: number;
  readonly survived: number;
  readonly lost: number;
  readonly doubled: number;
  /** Why it could not be injected. */
  readonly skipped?: string;
}

/** One row a fault, in their order; what nothing was done to is the last one where it went wrong. */
export function reportRows(
  tally: Tally,
  faults: readonly Pick<Fault, "name" | "title">[],
  skipped: (name: string) => string | null,
): ReportRow[] {
  const none = tally.faults.get("none");
  const rows = faults.map((fault): ReportRow => {
    const reason = skipped(fault.name);
    const counted = tally.faults.get(fault.name) ?? { injected: 0, survived: 0, lost: 0, doubled: 0 };
    return { fault: fault.title, ...counted, ...(reason !== null && { skipped: reason }) };
  });
  return none === undefined ? rows : [...rows, { fault: "(undisturbed)", ...none }];
}

export function formatTable(rows: readonly ReportRow[]): string {
  const columns = ["injected", "survived", "lost", "doubled"] as const;
  const width = Math.max(...rows.map(({ fault }) => fault.length));
  const line = (title: string, cells: readonly string[]) =>
    `${title.padEnd(width)} ${cells.map((cell) => cell.padStart(9)).join("")}`;
  const total = (column: (typeof columns)[number]) => rows.reduce((sum, row) => sum + row[column], 0);
  return [
    line("fault", columns),
    ...rows.map((row) =>
      row.skipped === undefined
        ? line(
            row.fault,
            columns.map((column) => String(row[column])),
          )
        : `${row.fault.padEnd(width)}  skipped: ${row.skipped}`,
    ),
    line(
      "in all",
      columns.map((column) => String(total(column))),
    ),
  ].join("\n");
}

export function describeMachine(postgres: string): string {
  const { length, 0: cpu } = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${length} × ${cpu?.model}, ${memory} GiB, Node ${process.versions.node}, PostgreSQL ${postgres}`;
}

/** What failed, its shortest sequence, and a line that repeats it. */
export function describeCounterexample({ seed, sequence, error }: Counterexample): string {
  const { operator, prepared, steps } = sequence;
  const lines = steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`);
  return [
    `seed ${seed}, the shortest sequence found, on "${operator}"${prepared ? "" : ", in a database without Millrace's tables"}:`,
    ...lines,
    error instanceof Error ? error.message : String(error),
    `again: npx -y pnpm@12 test:faults --replay '${JSON.stringify(sequence)}'`,
  ].join("\n");
}
