import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { execa } from "execa";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { median, report } from "./measure/report.ts";

// `pnpm bench backfill`: a backfill as one run against one run a partition, and our client against Dagster's own.
const PARTITIONS = 90;
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 3);
/** Runs of one partition that are measured; the 90 are extrapolated from them. */
const SAMPLE = 2 * availableParallelism();
const here = import.meta.dirname;
const project = join(here, "../../example-project");
const python = join(here, "../../orchestrator-config/.venv/bin");
const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));

try {
  await using server = await startPostgres();
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  await migrate(drizzle(sql), { migrationsFolder: join(project, "drizzle") });
  const env = {
    BENCH_PROJECT: project,
    DAGSTER_HOME: join(folder, "home"),
    DATABASE_URL: server.url,
    MILLRACE_NODE: process.execPath,
    PYTHONPATH: join(here, "backfill"),
    PYTHONWARNINGS: "ignore",
  };
  await mkdir(env.DAGSTER_HOME);
  await writeFile(join(env.DAGSTER_HOME, "dagster.yaml"), "telemetry:\n  enabled: false\n");
  const run = (program: string, args: readonly string[]) =>
    execa(join(python, program), [...args], { env, cwd: folder });
  const materialize = (file: string, which: readonly string[]) =>
    run("dagster", ["asset", "materialize", "-f", join(here, "backfill", file), "--select", "flights", ...which]);

  const oneRun: number[] = [];
  const manyRuns: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await sql`TRUNCATE flights`;
    oneRun.push(await seconds(() => materialize("ours.py", ["--partition-range", "2013-01-01...2013-03-31"])));
    const [loaded] = await sql`SELECT count(DISTINCT flight_date)::int AS days FROM flights`;
    if (loaded?.["days"] !== PARTITIONS) throw new Error(`${loaded?.["days"]} days were loaded`);
    await sql`TRUNCATE flights`;
    // As many at a time as there are cores: more would only wait for each other.
    const keys = Array.from({ length: SAMPLE }, (_, index) => `2013-01-0${index + 1}`);
    const sample = await seconds(() =>
      Promise.all(
        Array.from({ length: availableParallelism() }, async (_, lane) => {
          for (const key of keys.filter((_key, index) => index % availableParallelism() === lane))
            await materialize("usual.py", ["--partition", key]);
        }),
      ),
    );
    manyRuns.push((sample / SAMPLE) * PARTITIONS);
  }
  const { stdout } = await run("python", [join(here, "backfill/client.py"), String(rounds * 5)]);
  const client = JSON.parse(stdout) as { ours: number[]; usual: number[] };
  await sql.end();

  await report(
    "backfill",
    [
      {
        case: "90 partitions as one run, speed against 90 runs with Dagster's PipesSubprocessClient",
        ratio: median(manyRuns) / median(oneRun),
        target: 20,
        detail: {
          "one run": `${median(oneRun).toFixed(1)} s`,
          "90 runs": `${median(manyRuns).toFixed(0)} s, extrapolated from ${SAMPLE}, ${availableParallelism()} at a time`,
        },
      },
      {
        case: "a run of one partition, time against the same with Dagster's PipesSubprocessClient",
        ratio: median(client.ours) / median(client.usual),
        target: 1.1,
        lessIsBetter: true,
        detail: {
          ours: `${(median(client.ours) * 1000).toFixed(0)} ms`,
          "Dagster's": `${(median(client.usual) * 1000).toFixed(0)} ms`,
        },
      },
    ],
    { rounds, parts: "Dagster on SQLite, PostgreSQL, the example's flights" },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
