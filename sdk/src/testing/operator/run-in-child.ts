import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { FatalError } from "../../errors/millrace-error.ts";
import type { ChildTask } from "./child.ts";
import type { Performed } from "./perform.ts";

// .ts as here, .js as published.
const CHILD = fileURLToPath(new URL(`./child${extname(import.meta.filename)}`, import.meta.url));

export interface ChildOptions extends ChildTask {
  /** Where the process stands: relative paths of the operator are from there. */
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs an operator in a process of its own; undefined where that was killed at the point that was named. Raises FatalError
 * TEST_PROCESS where the process ends in another way without having said what the run came to.
 */
export async function runInChild({ cwd, signal, ...task }: ChildOptions): Promise<Performed | undefined> {
  const child = fork(CHILD, {
    cwd,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Not of the test runner's, which are for its own processes.
    execArgv: [],
    ...(signal && { signal, killSignal: "SIGKILL" }),
  });
  let performed: Performed | undefined;
  child.on("message", (message) => {
    performed = message as Performed;
  });
  child.on("error", () => {}); // what ended it is said below
  const said = text(child.stderr!);
  child.send(task);
  const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  signal?.throwIfAborted();
  if (performed !== undefined || (task.killAt !== null && killedBy === "SIGKILL")) return performed;
  throw new FatalError(
    "TEST_PROCESS",
    `The process of ${task.operator} ended with ${killedBy ?? `exit code ${code}`}: ${(await said).trim() || "nothing was said"}`,
  );
}
