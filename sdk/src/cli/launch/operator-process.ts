import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Json } from "../../host/host.ts";
import type { PipesException, PipesMessage } from "../../host/pipes/protocol.ts";
import { hostVariable, messagesVariable } from "../../host/stdin.ts";
import { nodeOptions } from "./node-options.ts";

export interface OperatorProcessOptions {
  readonly name: string;
  readonly project: string;
  /** Null where the operator has none. */
  readonly partitions: readonly string[] | null;
  readonly config: Readonly<Record<string, Json>>;
  readonly runId: string;
  readonly retryNumber?: number;
  /** Everything in a transaction that is rolled back. */
  readonly dryRun?: boolean;
  /** From the beginning, whatever an earlier run has committed. */
  readonly fresh?: boolean;
  /** Whether messages say how far each partition is. */
  readonly progress?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Told of what the process says, in order. */
  readonly onMessage?: (message: PipesMessage) => void;
  /** Told of each line of the process's own log, and of whatever else it prints, as text. */
  readonly onLog?: (line: LogLine | string) => void;
}

/** A line of an operator's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

export interface OperatorOutcome {
  readonly ok: boolean;
  /** What it failed with: its own error, or how the process ended. */
  readonly error: PipesException | null;
}

const MAIN = fileURLToPath(new URL("../main.mjs", import.meta.url));

/** From SIGTERM until the process is killed; it settles and reports within 10. */
const SETTLE_MS = 12_000;

/**
 * Runs an operator in a process of its own, as a scheduler does, over the stdin host (docs/protocol.md). It ends with this
 * process, and within seconds of `signal`.
 */
export async function runProcess(options: OperatorProcessOptions): Promise<OperatorOutcome> {
  const {
    name,
    project,
    partitions,
    config,
    runId,
    retryNumber = 0,
    dryRun = false,
    fresh = false,
    progress = false,
    env,
    signal,
    onMessage,
    onLog,
  } = options;
  signal.throwIfAborted();
  const child = execa(process.execPath, [...nodeOptions(env), MAIN, "exec", name, "--project", project], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { ...env, [hostVariable]: "stdin", [messagesVariable]: "3" },
    extendEnv: false,
    reject: false,
    buffer: false,
    // Ctrl-C at a terminal goes to this process alone, which passes it on: twice would end the operator at once.
    detached: true,
    forceKillAfterDelay: SETTLE_MS,
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const { stdin } = child;
  stdin.on("error", () => {}); // a process that ends before it has read its context says why itself
  stdin.write(
    `${JSON.stringify({
      run_id: runId,
      retry_number: retryNumber,
      extras: {
        config,
        ...(partitions && { partition_keys: partitions }),
        ...(dryRun && { dry_run: true }),
        ...(fresh && { fresh: true }),
        ...(progress && { progress: true }),
      },
    })}\n`,
  );
  let opened = false;
  let closed = false;
  let error: PipesException | null = null;
  const hear = (line: string) => {
    const message = JSON.parse(line) as PipesMessage;
    if (message.method === "opened") opened = true;
    if (message.method === "closed") {
      closed = true;
      error = message.params.exception ?? null;
    }
    onMessage?.(message);
  };
  const [{ exitCode, signal: killedBy }] = await Promise.all([
    child,
    eachLine(child.stdio[3] as unknown as Readable, hear),
    eachLine(child.stdout, (line) => onLog?.(line)),
    eachLine(child.stderr, (line) => onLog?.(parseLog(line))),
  ]);
  signal.removeEventListener("abort", stop);
  stdin.destroy();
  if (error === null && (exitCode !== 0 || !opened || !closed)) error = ended(name, exitCode, killedBy);
  return { ok: error === null, error };
}

async function eachLine(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

function parseLog(line: string): LogLine | string {
  if (!line.startsWith('{"level":')) return line;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return line;
  }
}

function ended(name: string, exitCode: number | undefined, killedBy: string | undefined): PipesException {
  const how = killedBy === undefined ? `exit code ${exitCode}` : `signal ${killedBy}`;
  return {
    name: "ProcessEnded",
    message: `[PROCESS_ENDED] The process of "${name}" ended with ${how} and has not said why. Look at what it printed.`,
    stack: [],
    cause: null,
    context: null,
  };
}
