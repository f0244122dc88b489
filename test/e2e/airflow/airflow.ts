import { airflowEnvironment, airflowLogin } from "@millrace/example-project/scripts/airflow.ts";
import { AirflowApi } from "@millrace/example-project/scripts/airflow-api.ts";
import { startAirflow } from "@millrace/example-project/scripts/airflow-standalone.ts";
import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import postgres, { type Sql } from "postgres";
import { freePort } from "../free-port.ts";

const repository = join(import.meta.dirname, "../../..");
const START_TIMEOUT_MS = 300_000;
export const example = join(repository, "example-project");

/** A real Airflow with the DAGs of this folder, its database and the example's in one PostgreSQL. */
export interface TestAirflow extends AsyncDisposable {
  readonly api: AirflowApi;
  readonly login: { readonly username: string; readonly password: string };
  readonly sql: Sql;
  /** Makes another database with the example's tables; returns its URL. */
  readonly openExample: (name: string) => Promise<string>;
  /** For what a test leaves behind. */
  readonly folder: string;
  /** The folder of the flights that are loaded. */
  readonly dataDir: string;
  /** Makes one record of a day's flights unreadable. */
  readonly spoilRecord: (day: string) => Promise<void>;
  /** Breaks the file of a day's flights, or repairs it. */
  readonly breakDay: (day: string) => Promise<void>;
  readonly repairDay: (day: string) => Promise<void>;
  /** What the attempts of the operator `slow` said of themselves, oldest first. */
  readonly attempts: () => Promise<Attempt[]>;
}

export interface Attempt {
  readonly load: string;
  readonly pid: number;
  /** The process of Airflow's task. */
  readonly task: number;
  /** Where it went on. */
  readonly from: number;
}

export async function startTestAirflow(dagIds: readonly string[]): Promise<TestAirflow> {
  const python = await ensurePython({ scheduler: "airflow", onProgress: (message) => console.log(message) });
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "millrace-airflow-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await cp(join(example, "data/flights"), join(folder, "data/flights"), { recursive: true });
  const server = stack.use(await startPostgres());
  const openExample = async (name: string) => {
    const url = await server.createDatabase(name);
    await using tables = new AsyncDisposableStack();
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    tables.defer(() => sql.end());
    await migrate(drizzle(sql), { migrationsFolder: join(example, "drizzle") });
    return url;
  };
  const databaseUrl = await openExample("nycflights");
  const sql = postgres(databaseUrl, { max: 2 });
  stack.defer(() => sql.end());
  await sql`CREATE TABLE items (load text NOT NULL, id integer NOT NULL)`;

  const home = join(folder, "home");
  const port = await freePort();
  const login = await airflowLogin(home);
  const trace = join(folder, "trace");
  const environment = {
    ...(await airflowEnvironment({
      python,
      databaseUrl,
      metadataUrl: await server.createDatabase("airflow"),
      home,
      dags: join(import.meta.dirname, "dags"),
      port,
    })),
    MILLRACE_E2E_DATA: join(folder, "data"),
    MILLRACE_E2E_TRACE: trace,
  };
  const airflow = stack.use(startAirflow(environment, join(folder, "airflow.log")));
  const api = new AirflowApi(`http://localhost:${port}`, login);
  await Promise.race([api.waitUntilReady(dagIds, AbortSignal.timeout(START_TIMEOUT_MS)), airflow.failed()]);

  const file = (day: string) => join(folder, "data/flights", `${day}.csv.gz`);
  const all = stack.move();
  return {
    api,
    login,
    sql,
    openExample,
    folder,
    dataDir: join(folder, "data"),
    spoilRecord: async (day) => {
      const lines = gunzipSync(await readFile(file(day)))
        .toString()
        .split("\n");
      lines[1] = lines[1]!.replace(/^2013,/, "MMXIII,");
      await writeFile(file(day), gzipSync(lines.join("\n")));
    },
    breakDay: (day) => copyFile(join(example, "package.json"), file(day)),
    repairDay: (day) => copyFile(join(example, "data/flights", `${day}.csv.gz`), file(day)),
    attempts: async () => {
      const text = await readFile(trace, "utf8").catch(() => "");
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Attempt);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
