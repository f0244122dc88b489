import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { PythonEnvironment } from "./python.ts";
import { stateDirectory } from "./places.ts";

/** Where Dagster keeps its runs and event log: `demo` and `dev` share it, so that dev shows what demo materialized. */
const dagsterHome = join(stateDirectory, "dagster");

// No telemetry, and no invitation in front of the first page.
const DAGSTER_YAML = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n";

export interface DagsterOptions {
  readonly python: PythonEnvironment;
  readonly databaseUrl: string;
}

/** The environment in which `dg` runs the example's operators against its database. */
export async function dagsterEnvironment({ python, databaseUrl }: DagsterOptions): Promise<Record<string, string>> {
  await mkdir(dagsterHome, { recursive: true });
  await writeFile(join(dagsterHome, "dagster.yaml"), DAGSTER_YAML);
  return {
    DAGSTER_HOME: dagsterHome,
    DATABASE_URL: databaseUrl,
    // Operators run on the Node that runs this.
    MILLRACE_NODE: process.execPath,
    PATH: [join(python.project, ".venv", "bin"), process.env["PATH"]].join(delimiter),
    // Preview notices of Dagster's own API are nothing a user of the example can act on.
    PYTHONWARNINGS: "ignore",
    VIRTUAL_ENV: join(python.project, ".venv"),
  };
}
