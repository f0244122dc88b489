import { startPostgres } from "@millrace/sdk/testing";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { NODE_OPTIONS } from "./measure/node-options.ts";
import { median, report } from "./measure/report.ts";
import { launch, type Launch } from "./start/launch.ts";
import { pipesAlone } from "./start/pipes-alone.ts";

// `pnpm bench start`: what it takes to start an operator, in units of `node -e 0`, in interleaved rounds.
const { values } = parseArgs({ options: { rounds: { type: "string", default: "41" } } });
const rounds = Number(values.rounds);
const project = join(import.meta.dirname, "start/project");
const main = join(import.meta.dirname, "../../sdk/src/cli/main.mjs");

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const file = join(folder, "airlines.csv");
await writeFile(file, "carrier,name\n");
await using server = await startPostgres();
const url = await server.createDatabase("bench");
const sql = postgres(url, { max: 1, onnotice: () => {} });
await sql`CREATE TABLE airlines (carrier text PRIMARY KEY, name text NOT NULL)`;
await sql.end();

// Refuses everybody's login, once, for good: by then an operator has loaded all that it needs.
let connected = Number.NaN;
const refusal = Buffer.from("SFATAL\0VFATAL\0C28P01\0Mno\0\0");
const silent = createServer((socket) => {
  connected = performance.now();
  const answer = Buffer.alloc(5 + refusal.length, "E");
  answer.writeInt32BE(4 + refusal.length, 1);
  refusal.copy(answer, 5);
  socket.on("error", () => {}).once("data", () => socket.end(answer));
}).listen(0, "127.0.0.1");
await once(silent, "listening");
const silentUrl = `postgresql://bench@127.0.0.1:${(silent.address() as AddressInfo).port}/bench`;

const operator = (name: string, env: NodeJS.ProcessEnv): Launch => ({
  command: process.execPath,
  args: [...NODE_OPTIONS, main, "exec", name, "--project", project],
  env,
  config: { file },
});
const built = join(folder, "built");
execFileSync(process.execPath, [main, "build", "--project", project, "--out", built]);
execFileSync(process.execPath, [join(built, "main.mjs"), "compile"]);
const programs = {
  bare: { command: process.execPath, args: ["-e", "0"], env: {}, config: null },
  psql: { command: "psql", args: [url, "-qXAtc", "SELECT 1"], env: {}, config: null },
  pipes: await pipesAlone(folder),
  idle: operator("idle", { DATABASE_URL: url }),
  load: operator("load", { DATABASE_URL: url }),
  sources: operator("load", { DATABASE_URL: url, MILLRACE_BUNDLE: "off" }),
  connecting: operator("load", { DATABASE_URL: silentUrl }),
  built: {
    ...operator("load", { DATABASE_URL: url }),
    args: [...NODE_OPTIONS, join(built, "main.mjs"), "exec", "load", "--project", built],
  },
} satisfies Record<string, Launch>;

const NAMES = [
  "bare",
  "psql",
  "pipes",
  "opened",
  "idle",
  "connecting",
  "load",
  "built",
  "openedFromSources",
  "loadFromSources",
] as const;
type Name = (typeof NAMES)[number];
const times = Object.fromEntries(NAMES.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
// The first rounds make the bundles and what is kept of them.
for (let round = -3; round < rounds; round += 1) {
  const bare = await succeed(programs.bare);
  const psql = await succeed(programs.psql);
  const alone = await succeed(programs.pipes);
  const idle = await succeed(programs.idle);
  const load = await succeed(programs.load);
  const elsewhere = await succeed(programs.built);
  const start = performance.now();
  await launch(programs.connecting);
  if (round < 0) continue;
  times.bare.push(bare.exited);
  times.psql.push(psql.exited);
  times.pipes.push(alone.exited);
  times.opened.push(idle.opened ?? Number.NaN);
  times.idle.push(idle.exited);
  times.load.push(load.exited);
  times.built.push(elsewhere.exited);
  times.connecting.push(connected - start);
  // Takes long: fewer rounds tell as much.
  if (round % 8 > 0) continue;
  const sources = await succeed(programs.sources);
  times.openedFromSources.push(sources.opened ?? Number.NaN);
  times.loadFromSources.push(sources.exited);
}
silent.close();
await rm(folder, { recursive: true });

const bare = median(times.bare);
const result = (title: string, key: Name, fromSources: Name | null, target: number) => ({
  case: title,
  ratio: median(times[key]) / bare,
  target,
  lessIsBetter: true,
  detail: {
    time: `${median(times[key]).toFixed(1)} ms`,
    "node -e 0": `${bare.toFixed(1)} ms`,
    ...(fromSources && { "from sources": `${(median(times[fromSources]) / bare).toFixed(2)}` }),
  },
});
const results = [
  result("the pipes package alone, from opened to closed", "pipes", null, 1.3),
  result("an operator with zod, pino, drizzle and pg in its bundle, until `opened`", "opened", "openedFromSources", 2),
  result("the same, empty, from opened to closed: its attempt is registered and finished", "idle", null, 2),
  result("one that loads, until it connects to its database", "connecting", null, 2.5),
  result("the same until it has loaded an empty file into PostgreSQL and ended", "load", "loadFromSources", 6),
  result("the same in a folder of `millrace build`, compiled", "built", "loadFromSources", 6),
];
// What it takes to connect, to be let in and to ask one thing: the part of it that is PostgreSQL's.
console.log(
  `psql -c 'SELECT 1': ${median(times.psql).toFixed(1)} ms, ${(median(times.psql) / bare).toFixed(2)} of node -e 0`,
);
await report("start", results, { rounds, parts: "operators of `test/bench/start/project`" });

async function succeed(program: Launch): ReturnType<typeof launch> {
  const timing = await launch(program);
  if (timing.exitCode !== 0) throw new Error(`${program.args.join(" ")} ended with ${timing.exitCode}`);
  return timing;
}
