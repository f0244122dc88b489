import { encodeParam } from "@millrace/sdk/pipes";
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

// `node test/bench/pipes.ts`: what the pipes package costs, against bare Node and against Python's own.
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 41);
const here = import.meta.dirname;
const python = join(here, "../../orchestrator-config/.venv/bin/python");
const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const messages = join(folder, "messages");

interface Timing {
  /** From start to exit, in milliseconds. */
  readonly process: number;
  /** What the program itself measured and printed, in milliseconds. */
  readonly inside: number;
}

const env = { ...process.env, ...pipesEnvironment() };
const programs = {
  bare: [process.execPath, "-e", "0"],
  empty: [process.execPath, await bundle("empty")],
  messages: [process.execPath, await bundle("messages")],
  python: [python, join(here, "pipes/messages.py")],
} as const;
type Program = keyof typeof programs;

const timings = Object.fromEntries(Object.keys(programs).map((name) => [name, []])) as unknown as Record<
  Program,
  Timing[]
>;
for (let round = -2; round < rounds; round++) {
  for (const name of Object.keys(programs) as Program[]) {
    // Python needs a second a round: fewer rounds tell as much.
    if (name === "python" && round > rounds / 4) continue;
    const timing = time(name);
    if (round >= 0) timings[name].push(timing);
  }
}

const median = (name: Program, what: keyof Timing): number => {
  const sorted = timings[name].map((timing) => timing[what]).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};
const startup = median("empty", "process") / median("bare", "process");
const whole = median("python", "process") / median("messages", "process");
const inside = median("python", "inside") / median("messages", "inside");
const results = [
  { case: "opened to closed, time against node -e 0", ratio: startup, target: 1.3, reached: startup <= 1.3 },
  {
    case: "10,000 custom messages, speed against Python's dagster_pipes",
    ratio: inside,
    target: 2,
    reached: inside >= 2,
  },
  { case: "the same with start and end of the process", ratio: whole, target: 2, reached: whole >= 2 },
].map((result) => ({ ...result, ratio: Math.round(result.ratio * 100) / 100 }));

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}, medians of ${rounds} interleaved rounds`,
);
console.table(
  (Object.keys(programs) as Program[]).map((name) => ({
    program: name,
    "process ms": median(name, "process").toFixed(1),
    "inside ms": median(name, "inside").toFixed(1),
  })),
);
console.table(results);
mkdirSync(join(here, "results"), { recursive: true });
writeFileSync(join(here, "results/pipes.json"), `${JSON.stringify(results, null, 2)}\n`);
rmSync(folder, { recursive: true });
process.exitCode = results.every(({ reached }) => reached) ? 0 : 1;

function time(name: Program): Timing {
  writeFileSync(messages, "");
  const [command, ...args] = programs[name];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
  const elapsed = performance.now() - start;
  const lines = readFileSync(messages, "utf8").split("\n").length - 1;
  const expected = { bare: 0, empty: 2, messages: 10_002, python: 10_002 }[name];
  if (status !== 0 || lines !== expected)
    throw new Error(`${name} exited with ${status} after ${lines} messages: ${stderr}`);
  return { process: elapsed, inside: Number(stdout) };
}

/** As an operator is built for a scheduler to start: one file. */
async function bundle(app: string): Promise<string> {
  const outfile = join(folder, `${app}.mjs`);
  await build({
    entryPoints: [join(here, `pipes/${app}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["@aws-sdk/client-s3"],
  });
  return outfile;
}

function pipesEnvironment(): Record<string, string> {
  const context = {
    asset_keys: ["a"],
    code_version_by_asset_key: { a: null },
    provenance_by_asset_key: { a: null },
    partition_key: null,
    partition_key_range: null,
    partition_time_window: null,
    run_id: "run",
    job_name: "job",
    retry_number: 0,
    extras: {},
  };
  writeFileSync(join(folder, "context"), JSON.stringify(context));
  return {
    DAGSTER_PIPES_CONTEXT: encodeParam({ path: join(folder, "context") }),
    DAGSTER_PIPES_MESSAGES: encodeParam({ path: messages }),
  };
}
