import { Command, CommanderError } from "commander";
import { describeError, UsageError } from "./command-error.ts";
import { commands } from "./commands/commands.ts";

/** Runs what a person asks for and returns the exit code: 0 done, 1 failed, 2 wrongly called, 130 interrupted. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => {
    if (interrupted.signal.aborted) process.exit(130); // asked twice
    interrupted.abort(new UsageError("INTERRUPTED", "Stopped on request"));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  let code = 0;
  const program = new Command("millrace")
    .description("Write ETL operators in TypeScript; let Dagster or Airflow run them.")
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  const context = { signal: interrupted.signal, setExitCode: (to: number) => void (code = to) };
  for (const make of commands) program.addCommand(overrideExit(make(context), ["millrace"]));
  try {
    await program.parseAsync([...args], { from: "user" });
    return interrupted.signal.aborted ? 130 : code;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${describeError(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** An error of usage is raised, and does not end the process; it says where to look. */
function overrideExit(command: Command, parents: readonly string[]): Command {
  const path = [...parents, command.name()];
  for (const inner of command.commands) overrideExit(inner as Command, path);
  return command.exitOverride().showHelpAfterError(`See ${path.join(" ")} --help.`);
}
