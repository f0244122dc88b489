import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeOrderFiles, type FileKind } from "./extract/files.ts";
import { median, report, type Result } from "./measure/report.ts";

// `pnpm bench extract`: the same orders read from CSV, JSON Lines and Parquet into validated records, by Millrace and by others,
// each in a process of its own, in interleaved rounds; ratios are of rows a second.
const { values } = parseArgs({
  options: { rows: { type: "string", default: "500000" }, rounds: { type: "string", default: "5" } },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);

interface Run {
  readonly rows: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const path = await writeOrderFiles(folder, rows);

const { uv } = await ensurePython();
const node = (name: string, kind: FileKind) => async () =>
  await timed(process.execPath, [join(import.meta.dirname, "extract/worker.ts"), name, path(kind)]);
const polars = (kind: FileKind, shape: "rows" | "frame") => async () =>
  await timed(uv, [
    "run",
    "--quiet",
    "--no-project",
    "--with",
    "polars==2.1.0",
    "python",
    join(import.meta.dirname, "extract/worker.py"),
    kind,
    path(kind),
    shape,
  ]);

async function timed(command: string, args: readonly string[]): Promise<Run> {
  const { stdout } = await execa(command, args, { env: { VIRTUAL_ENV: undefined, UV_PROJECT_ENVIRONMENT: undefined } });
  const run = JSON.parse(stdout) as Run;
  if (run.rows !== rows) throw new Error(`${command} ${args.join(" ")} read ${run.rows} of ${rows} rows`);
  return run;
}

const kinds = [
  { kind: "csv", title: "CSV" },
  { kind: "jsonl", title: "JSON Lines" },
  { kind: "parquet", title: "Parquet" },
] as const;

const results: Result[] = [];
for (const { kind, title } of kinds) {
  const ours = node(`millrace-${kind}`, kind);
  const others = [
    ...(kind === "csv"
      ? [{ name: "csv-parse, with the same validation", target: 2, run: node("csv-parse", kind) }]
      : []),
    { name: "DuckDB, as rows of JavaScript", target: 1, run: node(`duckdb-${kind}`, kind) },
    { name: "polars, as rows of Python", target: 1, run: polars(kind, "rows") },
    // In columns of its own, on all cores, and never a row: what no program that looks at rows can have.
    { name: "polars, as a data frame", target: 0.1, run: polars(kind, "frame") },
  ];
  const mine: Run[] = [];
  const theirs = others.map((): Run[] => []);
  for (let round = 0; round < rounds; round += 1) {
    mine.push(await ours());
    for (const [index, { run }] of others.entries()) theirs[index]!.push(await run());
  }
  const perSecond = (runs: readonly Run[]) =>
    `${Math.round(rows / median(runs.map(({ ms }) => ms))).toLocaleString("en")}k rows/s`;
  for (const [index, { name, target }] of others.entries()) {
    results.push({
      case: `${title} against ${name}`,
      ratio: median(theirs[index]!.map(({ ms }, round) => ms / mine[round]!.ms)),
      target,
      detail: {
        millrace: perSecond(mine),
        [name.split(",", 1)[0]!]: perSecond(theirs[index]!),
        "client CPU": `${median(mine.map(({ cpuMs }) => (cpuMs / rows) * 1000)).toFixed(2)} s/M`,
        "peak memory": `${Math.round(median(mine.map(({ peakMb }) => peakMb)))} MB against ${Math.round(median(theirs[index]!.map(({ peakMb }) => peakMb)))} MB`,
      },
    });
  }
}
await rm(folder, { recursive: true });
await report("extract", results, {
  rounds,
  parts: `DuckDB 1.5, polars 2.1, csv-parse 7, ${rows.toLocaleString("en")} rows`,
});
