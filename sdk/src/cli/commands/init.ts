import { Option, type Command } from "commander";
import { createProject } from "create-millrace";
import { UsageError } from "../command-error.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";

interface InitOptions extends CommonOptions {
  readonly sdk?: string;
  readonly python?: string;
}

export function initCommand(): Command {
  return projectCommand("init", {
    description: "a new project: one operator, its table and test, Dagster's and Airflow's side",
    example: "millrace init my-project",
  })
    .argument("<dir>", "a folder that is empty or not there yet")
    .addOption(new Option("--sdk <spec>", "what package.json asks for as @millrace/sdk").hideHelp())
    .addOption(new Option("--python <url>", "where pip finds millrace").hideHelp())
    .action(async (directory: string, options: InitOptions) => {
      const { output } = openProject(options);
      const { sdk, python } = options;
      try {
        const { name, files } = await createProject({ directory, sdk, python });
        output.result(
          { name, files },
          () => `${name}: ${files.length} files in ${directory}\n\n  cd ${directory}\n  npm install\n  npm run dev`,
        );
      } catch (cause) {
        throw new UsageError("INIT_REFUSED", cause instanceof Error ? cause.message : String(cause), { cause });
      }
    });
}
