import { execa } from "execa";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Sql } from "postgres";
import { DAYS } from "./files.ts";

const require = createRequire(import.meta.url);
const sdk = require("@millrace/sdk/package.json") as { bin: { millrace: string } };
const COMMAND = join(dirname(require.resolve("@millrace/sdk/package.json")), sdk.bin.millrace);
const PROJECT = join(import.meta.dirname, "project");

export interface JobsOptions {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly temporary: string;
  readonly memoryFile: string;
  readonly sql: Sql;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** What was started so far, and what it has to have left. */
export interface Done {
  processes: number;
  /** Attempts at a partition, or at an operator without. */
  attempts: number;
  deadLetters: number;
  failures: string[];
}

/** Records of a file that are none, or that the server refuses. */
const REJECTED: Readonly<Record<string, number>> = { days: 3, refreshed: 5, swapped: 5, hashed: 4 };

/** Runs backfills and single operators, four lanes of them, until the time is over. */
export async function runJobs(
  options: JobsOptions,
  { until, done }: { readonly until: number; readonly done: Done },
): Promise<void> {
  // An operator's runs wait for each other: a lane each, so that four are under way at any time.
  const lanes: readonly (readonly (() => Promise<void>)[])[] = [
    [() => backfill(options, done)],
    [() => single("refreshed", options, done), () => single("hashed", options, done)],
    [() => single("swapped", options, done), () => single("changed", options, done)],
    [() => newEvents(options.sql).then(() => single("events", options, done))],
  ];
  await Promise.all(
    lanes.map(async (jobs) => {
      for (let turn = 0; Date.now() < until && !options.signal.aborted; turn += 1) await jobs[turn % jobs.length]!();
    }),
  );
}

let backfills = 0;

async function backfill(options: JobsOptions, done: Done): Promise<void> {
  const from = DAYS[(backfills += 1) % 8]!;
  const to = DAYS[DAYS.indexOf(from) + 3]!;
  await millrace(["backfill", "days", "--from", from, "--to", to, "--parallel", "4"], options, done);
  done.attempts += 4;
  done.deadLetters += 4 * REJECTED["days"]!;
}

async function single(operator: string, options: JobsOptions, done: Done): Promise<void> {
  await millrace(["exec", operator], options, done);
  done.attempts += 1;
  done.deadLetters += REJECTED[operator] ?? 0;
}

async function newEvents(sql: Sql): Promise<void> {
  await sql`INSERT INTO source_events (id, note) SELECT (random() * 20000)::int, 'new' FROM generate_series(1, 300) ON CONFLICT (id) DO UPDATE SET at = clock_timestamp(), note = 'again'`.catch(
    () => {},
  );
}

async function millrace(args: readonly string[], options: JobsOptions, done: Done): Promise<void> {
  const { databaseUrl, folder, temporary, memoryFile, signal } = options;
  const preload = `--import=${join(import.meta.dirname, "report-memory.mjs")}`;
  const { exitCode, all } = await execa(
    process.execPath,
    [COMMAND, ...args, "--project", PROJECT, "--config", `folder=${folder}`],
    {
      env: { DATABASE_URL: databaseUrl, TMPDIR: temporary, MILLRACE_SOAK_MEMORY: memoryFile, NODE_OPTIONS: preload },
      stdin: "ignore",
      all: true,
      reject: false,
      cancelSignal: signal,
    },
  );
  done.processes += 1;
  if (exitCode !== 0) done.failures.push(`millrace ${args.join(" ")}: ${all.slice(-2000)}`);
}
