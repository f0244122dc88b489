import type { Command } from "commander";
import { projectCommand } from "./command-context.ts";

/** For help: it is run without this program, since schedulers start it often. */
export function manifestCommand(): Command {
  return projectCommand("manifest", {
    description: "what a scheduler needs to know of the operators, as JSON",
    example: "millrace manifest",
  });
}
