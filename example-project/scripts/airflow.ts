import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { PythonEnvironment } from "./python.ts";
import { orchestrator, stateDirectory } from "./places.ts";

/** Where Airflow keeps its logs and its login: `demo:airflow` and `dev:airflow` share it, as they share its database. */
export const airflowHome = join(stateDirectory, "airflow");

const LOGIN = "admin";

export interface AirflowOptions {
  readonly python: PythonEnvironment;
  /** The example's. */
  readonly databaseUrl: string;
  /** Airflow's own. */
  readonly metadataUrl: string;
  readonly home?: string;
  readonly dags?: string;
  readonly port?: number;
}

/** The environment in which `airflow` runs the example's operators against its database. */
export async function airflowEnvironment(options: AirflowOptions): Promise<Record<string, string>> {
  const { python, databaseUrl, metadataUrl, home = airflowHome, port = 8080 } = options;
  const { dags = join(orchestrator, "airflow") } = options;
  await mkdir(home, { recursive: true });
  const url = `http://localhost:${port}`;
  return {
    AIRFLOW_HOME: home,
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__WORKERS: "1",
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW__CORE__PARALLELISM: "4",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: passwords(home),
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: `${LOGIN}:admin`,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: metadataUrl.replace(/^\w+:/, "postgresql+psycopg2:"),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: "False",
    AIRFLOW_CONN_NYCFLIGHTS: databaseUrl,
    // Operators run on the Node that runs this.
    MILLRACE_NODE: process.execPath,
    PATH: [join(python.environment, "bin"), process.env["PATH"]].join(delimiter),
    PYTHONWARNINGS: "ignore",
    VIRTUAL_ENV: python.environment,
  };
}

export interface AirflowLogin {
  readonly username: string;
  readonly password: string;
}

/** The login of a home, which is made up the first time. */
export async function airflowLogin(home: string = airflowHome): Promise<AirflowLogin> {
  const file = passwords(home);
  const known = await readFile(file, "utf8").then(
    (text) => (JSON.parse(text) as Record<string, string>)[LOGIN],
    () => undefined,
  );
  const password = known ?? randomBytes(9).toString("base64url");
  if (known === undefined) {
    await mkdir(home, { recursive: true });
    await writeFile(file, JSON.stringify({ [LOGIN]: password }), { mode: 0o600 });
  }
  return { username: LOGIN, password };
}

function passwords(home: string): string {
  return join(home, "simple_auth_manager_passwords.json");
}
