import { MillraceError } from "@millrace/sdk";

const live = process.stderr.isTTY === true;

/** A line about what has been done or begun. */
export function say(message: string): void {
  process.stderr.write(`${live ? "\r\u001b[2K" : ""}• ${message}\n`);
}

/** What is going on right now: replaced by the next on a terminal, and left out of a log. */
export function show(message: string): void {
  if (live) process.stderr.write(`\r\u001b[2K  ${message}`);
}

/** Runs a program of the project: Ctrl-C and SIGTERM abort its signal, an error is said and makes the exit code 1. */
export async function main(program: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => controller.abort(new MillraceError("STOPPED", `Stopped by ${name}`)));
  }
  try {
    await program(controller.signal);
  } catch (error) {
    process.exitCode = 1;
    if (controller.signal.aborted) {
      say("stopped");
      return;
    }
    process.stderr.write(
      `\n${error instanceof MillraceError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
  }
}
