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

/** What `millrace dev` says to commands beside it: where its database is. */
export function devEnvironment(project: string): string {
  return join(project, ".millrace", "dev.env");
}

/** The project's folder, with what its `.env` says in the environment: where a variable is set already, that holds. */
export function openProject({ project, json }: CommonOptions): { readonly project: string; readonly output: Output } {
  const folder = resolve(project);
  for (const file of [join(folder, ".env"), devEnvironment(folder)]) if (existsSync(file)) loadEnvFile(file);
  return { project: folder, output: new Output({ json }) };
}
