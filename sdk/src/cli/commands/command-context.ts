import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadEnvFile } from "node:process";
import { Command, Option } from "commander";
import { Output } from "../output/output.ts";

/** What all commands are given. */
export interface CommandContext {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly setExitCode: (code: number) => void;
}

export interface CommonOptions {
  readonly project: string;
  readonly json: boolean;
}

/** A command with the options that all have, and an example at the end of its help. */
export function projectCommand(
  name: string,
  { description, example }: { description: string; example: string },
): Command {
  return new Command(name)
    .description(description)
    .option("--project <dir>", "the project's folder", ".")
    .addOption(new Option("--json", "print JSON, for scripts").default(false, "off"))
    .addHelpText("after", `\nExample:\n  $ ${example}`);
}

/** The project's folder, with what its `.env` says in the environment: where a variable is set already, that holds. */
export function openProject({ project, json }: CommonOptions): { readonly project: string; readonly output: Output } {
  const folder = resolve(project);
  const file = join(folder, ".env");
  if (existsSync(file)) loadEnvFile(file);
  return { project: folder, output: new Output({ json }) };
}
