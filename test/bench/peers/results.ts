import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PeerCase } from "./contender.ts";
import type { Outcome } from "./measure-case.ts";

interface Line {
  readonly case: string;
  /** Rows a second against those of the case's first contender. */
  readonly ratio: number;
  readonly target: number;
  readonly reached: boolean;
  readonly rows: number;
  readonly [detail: string]: unknown;
}

/** Writes a case's figures to `results/peers.json`; those of other cases and sizes stay. */
export async function keepResults({ name }: PeerCase, outcomes: readonly Outcome[], rows: number): Promise<void> {
  const folder = join(import.meta.dirname, "../results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "peers.json");
  const before = JSON.parse(await readFile(file, "utf8").catch(() => "[]")) as Line[];
  const kept = before.filter((line) => line.rows !== rows || line["name"] !== name);
  await writeFile(file, `${JSON.stringify([...kept, ...linesOf(name, outcomes, rows)], null, 2)}\n`);
}

function linesOf(name: string, outcomes: readonly Outcome[], rows: number): Line[] {
  // Nobody is to be faster than Millrace's best; psql is the limit, and each of ours is held against it.
  const best = Math.max(
    ...outcomes.filter(({ peer }) => peer === "millrace").map(({ figures }) => figures?.ratio[0] ?? 0),
  );
  return outcomes.flatMap(({ peer, name: contender, figures }) => {
    if (figures === null) return [];
    const [ratio] = figures.ratio;
    const target = peer === "millrace" ? 1 : round(best);
    return [
      {
        case: `${name}, ${rows} rows: ${contender}`,
        ratio: round(ratio),
        target,
        reached: peer === "millrace" ? ratio >= target : peer === "psql" || ratio <= best,
        name,
        rows,
        seconds: round(figures.ms / 1000),
        cpuSeconds: round(figures.cpuMs / 1000),
        peakMb: Math.round(figures.peakMb),
      },
    ];
  });
}

const round = (value: number) => Math.round(value * 1000) / 1000;
