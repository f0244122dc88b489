import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { customerEvents, oneByOne, writeEvents } from "./copy/events.ts";
import { CUSTOMERS, type OperatorName } from "./copy/operators.ts";
import { resetSql } from "./load/tables.ts";
import { bundleWorker } from "./measure/bundle-worker.ts";
import { NODE_OPTIONS } from "./measure/node-options.ts";
import { median, report, type Result } from "./measure/report.ts";

// `pnpm bench copy`: one PostgreSQL into another against a pipe between two psql, and change events against a statement for
// each; ratios are of rows a second, from interleaved rounds.
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    events: { type: "string", default: "200000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const settings = { max_wal_size: "4GB" };
await using source = await startPostgres({ settings });
await using target = await startPostgres({ settings });
const [sourceUrl, targetUrl] = await Promise.all([source.createDatabase("bench"), target.createDatabase("bench")]);
const sql = postgres(targetUrl, { max: 1, onnotice: () => {} });
const from = postgres(sourceUrl, { max: 1, onnotice: () => {} });
await from.unsafe(`${resetSql({ hashed: false })} INSERT INTO orders
  SELECT n, n * 7 % 100000, timestamptz '2024-01-01' + n * interval '1.123456 s', (ARRAY['new', 'paid', 'sent', 'done'])[1 + n % 4],
    (n % 100000) / 100.0, 1 + n % 9, 'user' || n % 100000 || '@example.com', 'note ' || n FROM generate_series(1, ${rows}) n`);
await from.unsafe("VACUUM ANALYZE orders");
const events = customerEvents(Number(values.events));
const eventsFile = join(folder, "events.jsonl");
await writeEvents(eventsFile, events);

const workerFile = await bundleWorker(join(import.meta.dirname, "copy/worker.ts"), folder);

interface Run {
  readonly ms: number;
  readonly cpuMs?: number;
  readonly peakMb?: number;
}

const worker = async (operator: OperatorName, file = ""): Promise<Run> => {
  const env = { DATABASE_URL: targetUrl, SOURCE_URL: sourceUrl };
  const { stdout } = await execa(process.execPath, [...NODE_OPTIONS, workerFile, operator, file], { env });
  return JSON.parse(stdout) as Run;
};
const piped = async (): Promise<Run> => {
  const began = performance.now();
  const send = execa("psql", ["-XqAt", sourceUrl, "-c", "COPY orders TO STDOUT"], { buffer: false });
  await send.pipe("psql", ["-Xq", targetUrl, "-c", "COPY orders FROM STDIN"]);
  return { ms: performance.now() - began };
};

/** Of events that are committed as they come, only so many are applied, and the rest reckoned from them. */
const MEASURED = 20_000;
let expected: string | undefined;
const content = async () => {
  const [row] = await sql<{ md5: string }[]>`SELECT md5(string_agg(customers::text, ',' ORDER BY id)) FROM customers`;
  return row!.md5;
};
const changes = async () => {
  const run = await worker("changes", eventsFile);
  if (expected !== undefined && (await content()) !== expected)
    throw new Error("the changes come to another table than the statements do");
  return run;
};

interface Case {
  readonly name: string;
  readonly target: number;
  readonly prepare: string;
  readonly ours: () => Promise<Run>;
  readonly theirs: () => Promise<Run>;
}

const orders = resetSql({ hashed: false });
const cases: readonly Case[] = [
  { name: "append, the same types", target: 0.8, prepare: orders, ours: () => worker("append"), theirs: piped },
  { name: "upsert into an empty table", target: 0.8, prepare: orders, ours: () => worker("upsert"), theirs: piped },
  { name: "append, with a transform", target: 0.4, prepare: orders, ours: () => worker("transformed"), theirs: piped },
  {
    name: `${events.length.toLocaleString("en")} mixed change events against a statement each, committed as it comes`,
    target: 20,
    prepare: CUSTOMERS,
    ours: changes,
    theirs: async () => ({ ms: await oneByOne(targetUrl, events, { atATime: 1, measured: MEASURED }) }),
  },
  {
    name: `${events.length.toLocaleString("en")} mixed change events against a statement each, a thousand in a transaction`,
    target: 8,
    prepare: CUSTOMERS,
    ours: changes,
    theirs: async () => {
      const ms = await oneByOne(targetUrl, events, { atATime: 1000 });
      expected = await content();
      return { ms };
    },
  },
];

/** At once, so that a benchmark that is ended keeps what it has measured. */
let inPieces = values.only !== undefined;
async function say(result: Result): Promise<void> {
  await report("copy", [result], {
    rounds,
    parts: `two PostgreSQL 18, ${rows.toLocaleString("en")} rows`,
    inPieces,
  });
  inPieces = true;
}

for (const { name, target: aim, prepare, ours, theirs } of cases) {
  if (values.only !== undefined && !name.includes(values.only)) continue;
  const runs: { readonly ours: Run; readonly theirs: Run }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sql.unsafe(prepare);
    const other = await theirs();
    await sql.unsafe(prepare);
    runs.push({ theirs: other, ours: await ours() });
  }
  await say({
    case: name,
    ratio: median(runs.map((run) => run.theirs.ms / run.ours.ms)),
    target: aim,
    detail: {
      millrace: `${Math.round(median(runs.map((run) => run.ours.ms)))} ms`,
      theirs: `${Math.round(median(runs.map((run) => run.theirs.ms)))} ms`,
      "client CPU": `${Math.round(median(runs.map((run) => run.ours.cpuMs ?? 0)))} ms`,
      "peak memory": `${Math.round(median(runs.map((run) => run.ours.peakMb ?? 0)))} MB`,
    },
  });
}
await Promise.all([sql.end(), from.end()]);
await rm(folder, { recursive: true });
