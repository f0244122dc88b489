import { setTimeout as delay } from "node:timers/promises";
import { FatalError } from "@millrace/sdk";
import { execa } from "execa";

export interface SuperviseOptions {
  readonly directory: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export interface EndedCommand {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly killedBy: string | null;
  readonly timedOut: boolean;
  readonly lines: number;
  readonly lastLines: readonly string[];
  readonly durationMs: number;
}

const KEPT_LINES = 20;
const MAX_LINE = 10_000;
/** The scheduler's channel to this operator: a command that wrote there would speak for it. */
const OWN = /^(DAGSTER_PIPES_|MILLRACE_HOST$|MILLRACE_MESSAGES_FD$)/;

/**
 * Runs a command in a process group of its own until all of it has ended: asked to when the signal is aborted or time is up,
 * and killed where it does not. Raises the signal's reason, FatalError COMMAND_MISSING.
 */
export async function superviseCommand(
  [program, ...args]: readonly [string, ...string[]],
  { directory, env, timeoutMs, graceMs, signal, onLine }: SuperviseOptions,
): Promise<EndedCommand> {
  signal.throwIfAborted();
  const began = performance.now();
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)));
  const child = execa(program, args, {
    env: { ...inherited, ...env },
    extendEnv: false,
    ...(directory !== undefined && { cwd: directory }),
    stdin: "ignore",
    // A group of its own: what it has started can be ended with it.
    detached: true,
    buffer: false,
    reject: false,
    preferLocal: true,
  });
  const lastLines: string[] = [];
  let lines = 0;
  const follow = async (stream: "stdout" | "stderr") => {
    for await (const line of child.iterable({ from: stream })) {
      lines += 1;
      const cut = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
      if (lastLines.push(cut) > KEPT_LINES) lastLines.shift();
      onLine(stream, cut);
    }
  };
  const group = child.pid === undefined ? undefined : -child.pid;
  let timedOut = false;
  const ended = new AbortController();
  const stop = async () => {
    endGroup(group, "SIGTERM");
    await delay(graceMs, undefined, { signal: ended.signal });
    endGroup(group, "SIGKILL");
  };
  const onAbort = () => void stop().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          onAbort();
        }, timeoutMs);
  try {
    const [result] = await Promise.all([child, follow("stdout").catch(() => {}), follow("stderr").catch(() => {})]);
    signal.throwIfAborted();
    if (result.exitCode === undefined && result.signal === undefined) throw missing(program, result.cause ?? result);
    return {
      code: result.exitCode ?? null,
      killedBy: result.signal ?? null,
      timedOut,
      lines,
      lastLines,
      durationMs: performance.now() - began,
    };
  } finally {
    ended.abort();
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    // What it left running in its group would go on without anybody.
    endGroup(group, "SIGKILL");
  }
}

function endGroup(group: number | undefined, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (group !== undefined) process.kill(group, name);
  } catch {
    // Nobody is left in it.
  }
}

function missing(program: string, cause: unknown): FatalError {
  const { code, shortMessage } = cause as { code?: string; shortMessage?: string };
  return new FatalError("COMMAND_MISSING", `${program} can not be started: ${code ?? shortMessage ?? String(cause)}`, {
    fix: "Look whether it is installed where the operator runs, and at `directory`",
    cause,
  });
}
