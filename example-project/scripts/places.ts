import { join, resolve } from "node:path";

export const project = join(import.meta.dirname, "..");
export const repository = join(project, "..");
/** Where the Dagster project is: `dg` runs there. */
export const orchestrator = join(project, "orchestrator");
/** Everything that running here leaves behind: database, Dagster's home, logs. */
export const stateDirectory = resolve(process.env["MILLRACE_STATE_DIR"] || join(repository, ".millrace"));
