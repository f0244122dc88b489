import { startPostgres } from "@millrace/sdk/testing";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { interrupted } from "../run/interrupted.ts";
import { writeFiles } from "./files.ts";
import { runJobs, type Done } from "./jobs.ts";
import { startLongLived } from "./long-lived-process.ts";
import { TABLES } from "./project/tables.ts";
import { serverState, type ServerState } from "./server-state.ts";
import { accounted, ends, MB, notGrown, table, type Verdict } from "./verdicts.ts";

// `pnpm test:soak --minutes 30`: backfills and incrementals, four at a time, and one process that runs them again and again. What
// they hold once warm is held against what they hold at the end; the exit code is 1 where anything has grown.
const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" } } });
const minutes = Number(values.minutes);
const cpu = cpus();
console.log(
  `${cpu.length} × ${cpu[0]?.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Linux ${release()}, Node ${process.version}, ${minutes} minutes`,
);

const signal = interrupted();
await using stack = new AsyncDisposableStack();
const root = await mkdtemp(join(tmpdir(), "millrace-soak-"));
stack.defer(() => rm(root, { recursive: true, force: true }));
const [files, temporary] = [join(root, "files"), join(root, "tmp")];
await mkdir(files);
await mkdir(temporary);
await writeFiles(files);
const server = stack.use(await startPostgres({ settings: { autovacuum_naptime: "10s" }, signal }));

const processes = await openDatabase("processes");
const inside = await openDatabase("inside");
const longLived = startLongLived({ databaseUrl: inside.url, folder: files });
const done: Done = { processes: 0, attempts: 0, deadLetters: 0, failures: [] };
const memoryFile = join(root, "memory");
const jobs = { databaseUrl: processes.url, folder: files, temporary, memoryFile, sql: processes.sql, signal };

const began = Date.now();
const duration = minutes * 60_000;
await runJobs(jobs, { until: began + duration / 5, done });
signal.throwIfAborted();
const start = await state();
const atStart = { ...done };
console.log(`warm after ${done.processes} processes, ${done.attempts} attempts`);
await runJobs(jobs, { until: began + duration, done });
signal.throwIfAborted();
const end = await state();
const { runs, verdicts: ofLongLived } = await longLived.end();
const leftInside = await serverState(inside.sql);

const pair = (key: keyof ServerState): [number, number] => [start.server[key], end.server[key]];
const verdicts: Verdict[] = [
  notGrown("server: connections", pair("connections")),
  notGrown("server: locks", pair("locks")),
  notGrown("server: staging and other temporary relations", pair("staging")),
  notGrown("server: relations", pair("relations"), { more: 2 }),
  notGrown("server: catalogue", pair("catalogueBytes"), { share: 0.5, more: 4 * 1024 * 1024, unit: MB }),
  notGrown("millrace.checkpoints, .tombstones on disk", pair("stateBytes"), { share: 0.5, more: 512 * 1024, unit: MB }),
  notGrown("millrace.*: dead rows", pair("stateDead"), { share: 0.5, more: 2000 }),
  notGrown("millrace.tombstones: keys that are gone", pair("tombstones"), { share: 0.05, more: 10 }),
  accounted("millrace.runs: an entry for each attempt", pair("ledger"), done.attempts - atStart.attempts),
  accounted(
    "millrace.dead_letters: those of each attempt",
    pair("deadLetters"),
    done.deadLetters - atStart.deadLetters,
  ),
  notGrown("temporary files", [start.temporary, end.temporary]),
  ...(await ofProcesses()),
  ...ofLongLived,
  notGrown("one process: connections it left", [0, leftInside.connections]),
  notGrown("one process: locks it left", [0, leftInside.locks]),
  notGrown("one process: temporary relations it left", [0, leftInside.staging]),
];
console.log(`\n${table(verdicts)}\n`);
const grown = verdicts.filter(({ flat }) => !flat);
console.log(
  `${done.processes} processes, ${done.attempts} attempts; ${runs} more in one process; ${done.failures.length} failed, ${grown.length} grown`,
);
for (const failure of done.failures.slice(0, 5)) console.error(`\n${failure}`);
process.exitCode = grown.length === 0 && done.failures.length === 0 ? 0 : 1;

async function openDatabase(name: string) {
  const url = await server.createDatabase(name);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end());
  await sql.unsafe(TABLES.join(";"));
  return { url, sql };
}

async function state() {
  return { server: await serverState(processes.sql), temporary: (await readdir(temporary)).length };
}

/** The most memory that processes had, by what they ran. */
async function ofProcesses(): Promise<Verdict[]> {
  const byWhat = new Map<string, number[]>();
  for (const line of (await readFile(memoryFile, "utf8")).trim().split("\n")) {
    const [, what, kilobytes] = /^(.*) (\d+)$/.exec(line) ?? [];
    if (what !== undefined) byWhat.set(what, [...(byWhat.get(what) ?? []), Number(kilobytes) * 1024]);
  }
  return [...byWhat].map(([what, peaks]) =>
    notGrown(`each process: peak of ${what}`, ends(peaks), { share: 0.15, unit: MB }),
  );
}
