import { mkdir, readFile, writeFile } from "node:fs/promises";
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
  about: {
    readonly rounds: number;
    readonly parts: string;
    /** What was measured of other cases before stays: for a benchmark that is run in pieces. */
    readonly inPieces?: boolean;
  },
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
  const file = join(folder, `${name}.json`);
  const before = about.inPieces ? await readBefore(file) : [];
  const measured = new Map([...before, ...rows].map((row) => [row.case, row]));
  await writeFile(file, `${JSON.stringify([...measured.values()], null, 2)}\n`);
}

async function readBefore(file: string): Promise<readonly { readonly case: string }[]> {
  const text = await readFile(file, "utf8").catch(() => "[]");
  return JSON.parse(text) as { case: string }[];
}
