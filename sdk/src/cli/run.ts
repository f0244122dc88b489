import { parseArgs, type ParseArgsConfig } from "node:util";
import { describeError, UsageError } from "./command-error.ts";
import type { ExecOptions } from "./exec.ts";

const USAGE = `Usage: millrace <command> [--project DIR]

  exec NAME   run one operator: for the launcher in the environment, else here
              [--partition KEY …] [--config FIELD=VALUE …]
  manifest    print what a scheduler needs to know of the operators, as JSON

Example: millrace exec flights --partition 2013-01-01
`;

const OPTIONS = {
  project: { type: "string", default: "." },
  partition: { type: "string", multiple: true },
  config: { type: "string", multiple: true },
  // The manifest is JSON anyway.
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** What is done for a command; each returns the exit code. */
export interface Commands {
  readonly exec: (options: Omit<ExecOptions, "find"> & { readonly name: string }) => Promise<number>;
  readonly manifest?: (project: string) => Promise<number>;
}

/** Runs a command and returns its exit code: 0 done, 1 failed, 2 wrongly called. */
export async function run(args: readonly string[], commands: Commands): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    const [command, name, ...rest] = positionals;
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const { project, partition: partitions = [], config = [] } = values;
    if (command === "exec" && name !== undefined && rest.length === 0) {
      return await commands.exec({ name, project, partitions, config });
    }
    if (command === "manifest" && name === undefined && commands.manifest) return await commands.manifest(project);
    process.stderr.write(USAGE);
    return 2;
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new UsageError("USAGE", (cause as Error).message, { fix: "See millrace --help", cause });
  }
}
