import { parseArgs } from "node:util";
import { openBenchDatabase, type Run } from "./load/bench-database.ts";
import { loadCases } from "./load/cases.ts";
import { measureChanges } from "./load/changes.ts";
import type { Case } from "./load/contenders.ts";
import { OrderFiles } from "./load/files.ts";
import { measureMemory } from "./load/memory.ts";
import { median, report, type Result } from "./measure/report.ts";

// `pnpm bench load`: loads of the same file by Millrace and by psql, in interleaved rounds; ratios are of rows a second. What an
// operator's process takes to start is not in it (see `pnpm bench start`), what it does in its database before and after is.
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    /** Part of the names of the cases to be measured; several, separated by commas. The others keep their results. */
    only: { type: "string", default: "" },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const parts = values.only.split(",");
const chosen = (name: string) => parts.some((part) => name.includes(part.trim()));

await using database = await openBenchDatabase();
const files = new OrderFiles(database.folder, rows);

async function measure({ name, target, ours, theirs, limits }: Case): Promise<Result[]> {
  const runs: { mine: Run; other: Run }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await theirs.prepare();
    const other = await theirs.run();
    await ours.prepare();
    runs.push({ other, mine: await ours.run() });
  }
  const ratios = runs.map(({ mine, other }) => other.ms / mine.ms);
  const perMillion = (ms: (run: (typeof runs)[number]) => number) => (median(runs.map(ms)) / rows) * 1000;
  const seconds = (value: number) => `${value.toFixed(2)} s/M`;
  const cpu = perMillion(({ mine }) => mine.cpuMs!);
  const peakMb = median(runs.map(({ mine }) => mine.peakMb!));
  const result: Result = {
    case: name,
    ratio: median(ratios),
    target,
    detail: {
      "from to": `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      [ours.name]: seconds(perMillion(({ mine }) => mine.ms)),
      [theirs.name === ours.name ? "without them" : theirs.name]: seconds(perMillion(({ other }) => other.ms)),
      "client CPU": seconds(cpu),
      "peak memory": `${Math.round(peakMb)} MB`,
    },
  };
  if (limits === undefined) return [result];
  return [
    result,
    { case: `${name}: client CPU, s a million rows`, ratio: cpu, target: limits.cpu, lessIsBetter: true },
    { case: `${name}: peak memory, MB`, ratio: peakMb, target: limits.peakMb, lessIsBetter: true },
  ];
}

/** At once, so that a benchmark that is ended keeps what it has measured. */
let inPieces = values.only !== "";
async function say(results: readonly Result[]): Promise<void> {
  await report("load", results, { rounds, parts: `PostgreSQL 18, ${rows.toLocaleString("en")} rows`, inPieces });
  inPieces = true;
}

for (const one of loadCases(database, files)) if (chosen(one.name)) await say(await measure(one));
if (chosen("changes")) await say([await measureChanges(database, rounds)]);
if (chosen("memory")) await say(await measureMemory(database, files));
