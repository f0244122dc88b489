import { measureProgram, type Program } from "../../measure/program.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import type { Bench } from "../bench.ts";
import { ORDERS_CONTENT } from "../content.ts";
import type { Contender, PeerCase } from "../contender.ts";
import { dlt, dltTable, type DltPath } from "../contenders/dlt.ts";
import { drizzleProgram } from "../contenders/drizzle.ts";
import { millrace } from "../contenders/millrace.ts";
import { psql } from "../contenders/psql.ts";
import { python } from "../contenders/python.ts";
import { sling } from "../contenders/sling.ts";
import { scripts } from "../scripts.ts";
import { ORDERS_BY_DAY } from "../tables.ts";
import { forgetRuns } from "./forget-runs.ts";

/** A table in another database, of which a tenth is new since the last run, one tenth of that an update. */
export async function incrementalCase(bench: Bench): Promise<PeerCase> {
  const source = await Source.open(bench);
  const env = { SOURCE_URL: source.url };
  const run = async (program: Program): Promise<void> => {
    await measureProgram(program, { python: bench.environment.python, limitSeconds: 600 });
  };
  /** What has no memory of its own asks the target for the newest row: it may start from a table that psql wrote. */
  const plain = (peer: string, name: string, program: () => Promise<Program> | Program): Contender => ({
    peer,
    name,
    table: "orders",
    program,
    prepare: async () => {
      await source.older();
      await bench.sql.unsafe(ORDERS_BY_DAY);
      await run(await psql(bench, scripts.copy(source.file)));
      await bench.sql.unsafe("VACUUM ANALYZE orders");
      await source.newer();
    },
  });
  const byMillrace = () => millrace(bench, { operator: "incremental", config: {}, env });
  const byDlt = (path: DltPath): Contender => {
    const load = { case: "incremental", path, hint: "upsert" } as const;
    const table = dltTable(load);
    const program = () => dlt(bench, load, "", env);
    return {
      peer: "dlt",
      name: `dlt, ${path === "arrow" ? "Arrow by ADBC" : "normal"}, incremental, upsert`,
      table,
      program,
      prepare: async () => {
        await source.older();
        await bench.sql.unsafe(`DROP SCHEMA IF EXISTS ${table.split(".", 1)[0]} CASCADE`);
        await run(dlt(bench, load, "anew", env));
        await bench.sql.unsafe(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
        await bench.sql.unsafe(`VACUUM ANALYZE ${table}`);
        await source.newer();
      },
    };
  };
  return {
    name: "incremental",
    about: `rows newer than the last run's (${source.newRows.toLocaleString("en")} of ${bench.rows.toLocaleString("en")}), PostgreSQL to PostgreSQL`,
    rows: source.newRows,
    content: ORDERS_CONTENT,
    contenders: [
      plain("psql", "psql COPY, piped into psql \\copy + merge", () => piped(bench, source.url)),
      {
        ...plain("millrace", "Millrace, postgresTable with a watermark, upsert", byMillrace),
        prepare: async () => {
          await source.older();
          await bench.sql.unsafe(ORDERS_BY_DAY);
          await forgetRuns(bench);
          await run(await byMillrace());
          await bench.sql.unsafe("VACUUM ANALYZE orders");
          await source.newer();
        },
      },
      byDlt("arrow"),
      byDlt("normal"),
      ...(bench.environment.sling === null
        ? []
        : [
            plain("sling", "Sling, incremental by update key", () =>
              sling(bench, [
                "--src-conn",
                `${source.url}?sslmode=disable`,
                "--src-stream",
                "public.orders",
                "--mode",
                "incremental",
                "--primary-key",
                "id",
                "--update-key",
                "created_at",
              ]),
            ),
          ]),
      plain("psycopg", "psycopg, COPY to COPY + merge", () =>
        python(bench, "psycopg_peer.py", ["incremental", ""], env),
      ),
      plain("polars", "polars + ADBC + merge", () => python(bench, "polars_peer.py", ["incremental", ""], env)),
      plain("pandas", "pandas, batches of 1,000", () => python(bench, "pandas_peer.py", ["incremental", ""], env)),
      plain("drizzle", "drizzle, batches of 1,000", () => drizzleProgram(bench, ["incremental"], env)),
    ],
  };
}

/** A pipe between two psql, the first of which is told from where on. */
async function piped(bench: Bench, sourceUrl: string): Promise<Program> {
  const merge = join(bench.folder, "merge.sql");
  await writeFile(merge, scripts.mergeInput());
  const script = `set -e
newest=$(psql -XqAt "$DATABASE_URL" -c 'SELECT max(created_at) FROM orders')
psql -XqAt "$SOURCE_URL" -c "COPY (SELECT * FROM orders WHERE created_at > '$newest') TO STDOUT" |
  psql -Xq "$DATABASE_URL" -v ON_ERROR_STOP=1 -f ${merge}`;
  return {
    command: "bash",
    args: ["-o", "pipefail", "-c", script],
    env: { DATABASE_URL: bench.url, SOURCE_URL: sourceUrl },
  };
}

/** The database that is read, on the same server. */
class Source {
  readonly url: string;
  /** The older rows. */
  readonly file: string;
  readonly newRows: number;
  readonly #sql: postgres.Sql;

  constructor(url: string, file: string, newRows: number, sql: postgres.Sql) {
    this.url = url;
    this.file = file;
    this.newRows = newRows;
    this.#sql = sql;
  }

  static async open(bench: Bench): Promise<Source> {
    await bench.sql.unsafe("DROP DATABASE IF EXISTS source WITH (FORCE)");
    await bench.sql.unsafe("CREATE DATABASE source");
    const url = bench.url.replace(/\/bench$/, "/source");
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    bench.onClose(() => sql.end());
    const newRows = Math.round(bench.rows / 10);
    const older = bench.rows - newRows;
    // Made newest last, as rows of a table that grows; of the new ones each tenth is an older row, changed.
    const row = (id: string) => `${id}, n * 7 % 100000, timestamptz '2024-01-01Z' + n * interval '10 s',
      (ARRAY['new', 'paid', 'sent', 'done'])[1 + n % 4], (n % 100000) / 100.0, 1 + n % 9, 'user' || n % 100000 || '@example.com', 'note ' || n`;
    const id = `CASE WHEN n % 10 = 0 THEN n - ${newRows} ELSE n END`;
    await sql.unsafe(`${ORDERS_BY_DAY}; CREATE TABLE older AS TABLE orders; CREATE TABLE newer AS TABLE orders;
      INSERT INTO older SELECT ${row("n")} FROM generate_series(1, ${older}) n;
      INSERT INTO newer SELECT ${row(id)} FROM generate_series(${older + 1}, ${bench.rows}) n`);
    const file = join(bench.folder, "older.csv");
    await measureProgram(
      { command: "psql", args: [url, "-Xqc", `\\copy older TO '${file}' CSV HEADER`] },
      { python: bench.environment.python, limitSeconds: 600 },
    );
    return new Source(url, file, newRows, sql);
  }

  /** As it was when the last run read it. */
  async older(): Promise<void> {
    await this.#sql.unsafe("TRUNCATE orders; INSERT INTO orders SELECT * FROM older");
    await this.#sql.unsafe("VACUUM ANALYZE orders");
  }

  async newer(): Promise<void> {
    await this.#sql.unsafe(
      "DELETE FROM orders WHERE id IN (SELECT id FROM newer); INSERT INTO orders SELECT * FROM newer",
    );
    await this.#sql.unsafe("VACUUM ANALYZE orders");
    await this.#sql.unsafe("CHECKPOINT");
  }
}
