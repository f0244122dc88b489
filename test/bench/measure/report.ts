import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";

export interface Result {
  readonly case: string;
  readonly ratio: number;
  readonly target: number;
  /** The target is a limit; else it is what is to be reached at least. */
  readonly lessIsBetter?: boolean;
  /** Figures beside the ratio, for the reader. */
  readonly detail?: Readonly<Record<string, string>>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Prints a table and writes `results/NAME.json`. */
export async function report(
  name: string,
  results: readonly Result[],
  about: { readonly rounds: number; readonly parts: string },
): Promise<void> {
  const { length, 0: cpu } = cpus();
  console.log(
    `${name}: ${about.parts}; ${length} × ${cpu?.model}, Node ${process.versions.node}, medians of ${about.rounds} interleaved rounds`,
  );
  const rounded = results.map(({ ratio, target, lessIsBetter = false, ...rest }) => ({
    ...rest,
    ratio: Math.round(ratio * 100) / 100,
    target,
    reached: lessIsBetter ? ratio <= target : ratio >= target,
  }));
  for (const { case: title, ratio, target, reached, detail } of rounded) {
    console.log(
      `${reached ? "✓" : "✗"} ${ratio.toFixed(2)} (aim ${target}) ${title}: ${Object.entries(detail ?? {})
        .map(([label, value]) => `${label} ${value}`)
        .join(", ")}`,
    );
  }
  const folder = join(import.meta.dirname, "../results");
  await mkdir(folder, { recursive: true });
  const rows = rounded.map((row) => ({ case: row.case, ratio: row.ratio, target: row.target, reached: row.reached }));
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(rows, null, 2)}\n`);
}
