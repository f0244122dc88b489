import { createInterface } from "node:readline/promises";
import { UsageError } from "../command-error.ts";

export interface ConfirmOptions {
  /** Said on the command line already. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

/** Asks before what can not be undone; false where the answer is no. Raises UsageError CONFIRM where nobody can be asked. */
export async function confirm(question: string, { yes, signal }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new UsageError("CONFIRM", `${question} Nobody is there to be asked`, { fix: "Say --yes if that is meant" });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C comes as a key here, and means what it means elsewhere.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
