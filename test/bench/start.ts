import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { median, report } from "./measure/report.ts";
import { launch, type Launch } from "./start/launch.ts";

// `pnpm bench start`: what it takes to start an operator of the example, in units of `node -e 0`, in interleaved rounds.
const { values } = parseArgs({ options: { rounds: { type: "string", default: "41" } } });
const rounds = Number(values.rounds);
const repository = join(import.meta.dirname, "../..");
const project = join(repository, "example-project");
const main = join(repository, "sdk/src/cli/main.mjs");

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const file = join(folder, "airlines.csv");
await writeFile(file, "carrier,name\n");
await using server = await startPostgres();
const url = await server.createDatabase("bench");
const sql = postgres(url, { max: 1, onnotice: () => {} });
await migrate(drizzle(sql), { migrationsFolder: join(project, "drizzle") });
await sql.end();

// Takes connections and says nothing: by then an operator has loaded all that it needs.
let connected = Number.NaN;
const silent = createServer((socket) => {
  connected = performance.now();
  socket.destroy();
}).listen(0, "127.0.0.1");
await once(silent, "listening");
const silentUrl = `postgresql://bench@127.0.0.1:${(silent.address() as AddressInfo).port}/bench`;

const operator = (env: NodeJS.ProcessEnv): Launch => ({
  command: process.execPath,
  args: [main, "exec", "airlines", "--project", project],
  env,
  config: { file },
});
const programs = {
  bare: { command: process.execPath, args: ["-e", "0"], env: {}, config: null },
  bundled: operator({ DATABASE_URL: url }),
  sources: operator({ DATABASE_URL: url, MILLRACE_BUNDLE: "off" }),
  connecting: operator({ DATABASE_URL: silentUrl }),
} satisfies Record<string, Launch>;

const times = { bare: [], opened: [], connecting: [], load: [], openedFromSources: [], loadFromSources: [] } as Record<
  "bare" | "opened" | "connecting" | "load" | "openedFromSources" | "loadFromSources",
  number[]
>;
// The first rounds make the bundle and what is kept of it.
for (let round = -3; round < rounds; round += 1) {
  const bare = await succeed(programs.bare);
  const bundled = await succeed(programs.bundled);
  const start = performance.now();
  await launch(programs.connecting);
  if (round < 0) continue;
  times.bare.push(bare.exited);
  times.opened.push(bundled.opened ?? Number.NaN);
  times.load.push(bundled.exited);
  times.connecting.push(connected - start);
  // Takes long: fewer rounds tell as much.
  if (round % 4 > 0) continue;
  const sources = await succeed(programs.sources);
  times.openedFromSources.push(sources.opened ?? Number.NaN);
  times.loadFromSources.push(sources.exited);
}
silent.close();
await rm(folder, { recursive: true });

const bare = median(times.bare);
const result = (title: string, key: keyof typeof times, fromSources: keyof typeof times | null, target: number) => ({
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
  result("an operator with zod, pino and drizzle, until `opened`", "opened", "openedFromSources", 2),
  result("the same until it connects to its database", "connecting", null, 2.5),
  result("the same until it has loaded an empty file into PostgreSQL and ended", "load", "loadFromSources", 6),
];
await report("start", results, { rounds, parts: "airlines of the example" });

async function succeed(program: Launch): ReturnType<typeof launch> {
  const timing = await launch(program);
  if (timing.exitCode !== 0) throw new Error(`${program.args.join(" ")} ended with ${timing.exitCode}`);
  return timing;
}
