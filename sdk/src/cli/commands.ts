import { findOperator } from "../operator/project.ts";
import { createManifest } from "../operator/manifest.ts";
import { exec } from "./exec.ts";
import { run as runCommand } from "./run.ts";

/** Runs a command from the sources as they are. */
export async function run(args: readonly string[], failure?: unknown): Promise<number> {
  return await runCommand(args, {
    exec: (options) => exec({ ...options, find: async () => (await findOperator(options.project, options.name)).operator }),
    manifest: async (project) => {
      process.stdout.write(`${JSON.stringify(await createManifest(project))}\n`);
      return 0;
    },
  });
}
