import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";
import { ORDERS_CONTENT } from "../content.ts";
import type { Contender, PeerCase } from "../contender.ts";
import { dltEnvironment } from "../contenders/dlt.ts";
import { psql } from "../contenders/psql.ts";
import { keyOf } from "../files.ts";
import { scripts } from "../scripts.ts";
import { ORDERS_BY_DAY } from "../tables.ts";
import { forgetRuns } from "./forget-runs.ts";

const DAYS = 90;
const HERE = join(import.meta.dirname, "..");

/** Days of a year loaded by Dagster, into an empty table. */
export async function backfillCase(bench: Bench): Promise<PeerCase> {
  const folder = await bench.files.days(DAYS);
  const keys = Array.from({ length: DAYS }, (_, day) => keyOf(day));
  const home = join(bench.folder, "dagster");
  const env = {
    BENCH_DAYS: folder,
    BENCH_PROJECT: join(HERE, "project"),
    DAGSTER_HOME: home,
    DATABASE_URL: bench.url,
    HOME: join(bench.folder, "home"),
    MILLRACE_NODE: process.execPath,
    PYTHONPATH: join(HERE, "python"),
    PYTHONWARNINGS: "ignore",
    ...dltEnvironment(bench),
  };
  const dagster = (file: string, more: Readonly<Record<string, string>> = {}): Program => ({
    command: join(dirname(bench.environment.python), "dagster"),
    args: `asset materialize -f ${join(HERE, "python", file)} --select day --partition-range ${keys[0]}...${keys.at(-1)}`.split(
      " ",
    ),
    env: { ...env, ...more },
    cwd: bench.folder,
  });
  const contender = (
    peer: string,
    name: string,
    program: () => Promise<Program> | Program,
    table = "orders",
  ): Contender => ({
    peer,
    name,
    table,
    program,
    prepare: async () => {
      await rm(home, { recursive: true, force: true });
      await mkdir(home);
      await writeFile(join(home, "dagster.yaml"), "telemetry:\n  enabled: false\n");
      await bench.sql.unsafe(ORDERS_BY_DAY);
      await bench.sql.unsafe("DROP SCHEMA IF EXISTS dlt_backfill CASCADE");
      await rm(join(bench.folder, "dlt/backfill"), { recursive: true, force: true });
      await forgetRuns(bench);
      await bench.sql.unsafe("CHECKPOINT");
    },
  });
  const asset = (peer: string, name: string, table?: string) =>
    contender(peer, `Dagster asset with ${name}, one run`, () => dagster("backfill.py", { BENCH_PEER: peer }), table);
  const rows = DAYS * bench.files.dayRows;
  return {
    name: "backfill",
    about: `${DAYS} daily partitions (${rows.toLocaleString("en")} rows) through Dagster, each delete-insert`,
    rows,
    content: ORDERS_CONTENT,
    // Long enough for what each does the first time: bundles, bytecode.
    warmSeconds: 60,
    contenders: [
      asset("psycopg", "psycopg, DELETE + COPY"),
      contender("psql", "psql alone, no Dagster: 90 × DELETE + \\copy", () =>
        psql(bench, keys.map((key) => scripts.day(join(folder, `${key}.csv`), key)).join("")),
      ),
      contender("millrace", "Millrace's Dagster component, one run", () => dagster("backfill_millrace.py")),
      asset("polars", "polars + ADBC"),
      asset("dlt", "dlt, Arrow by ADBC, merge by day", "dlt_backfill.orders"),
      asset("pandas", "pandas, DELETE + to_sql"),
    ],
  };
}
