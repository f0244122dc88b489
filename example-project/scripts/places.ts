import { join } from "node:path";

export const project = join(import.meta.dirname, "..");
export const repository = join(project, "..");
/** Where the Dagster project is: `dg` runs there. */
export const orchestrator = join(project, "orchestrator");
/** Everything that running here leaves behind. */
export const stateDirectory = join(repository, ".millrace");
