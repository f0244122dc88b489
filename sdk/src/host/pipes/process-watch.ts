import { inspect } from "./builtins.ts";

/** What a process is told about its end. */
export interface ProcessEvents {
  /** SIGINT or SIGTERM came, with the exit code that belongs to it. */
  onStop(signal: NodeJS.Signals, code: number): void;
  /** The last word of a process that must end now: because of something thrown, or else because it was to stop. */
  onAbort(thrown: Thrown | null): Promise<void>;
  /** Nothing is left to do in the process: the last moment at which something can be waited for. */
  onDrained(): Promise<void>;
  /** The process exits with this code, and nothing can be waited for. */
  onExit(code: number): void;
}

/** What was thrown, in a box: `throw undefined` is an error too. */
export interface Thrown {
  readonly error: unknown;
}

export interface ProcessWatch {
  /** The process has to end with this code, and gets `graceMs` to do so by itself. */
  endSoon(code: number): void;
  release(): void;
}

const signalCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };
// Telling the launcher must not keep a process that has to end.
const lastWordMs = 5_000;

/** Watches for everything that can end the process. */
export function watchProcess(events: ProcessEvents, { graceMs }: { readonly graceMs: number }): ProcessWatch {
  let grace: NodeJS.Timeout | undefined;
  let ending = false;

  const end = async (code: number, thrown: Thrown | null): Promise<void> => {
    if (ending) return;
    ending = true;
    await Promise.race([events.onAbort(thrown).catch(() => {}), new Promise((done) => setTimeout(done, lastWordMs))]);
    process.exit(code);
  };
  const endSoon = (code: number): void => {
    process.exitCode ||= code;
    grace ??= setTimeout(() => void end(code, null), graceMs).unref();
  };
  const stop = (signal: NodeJS.Signals): void => {
    const code = signalCodes[signal] ?? 1;
    // Whoever asks twice does not want to wait.
    if (grace) void end(code, null);
    else events.onStop(signal, code);
  };
  const crash = (error: unknown): void => {
    process.stderr.write(`Uncaught ${inspect(error)}\n`);
    // An error after the process was told to stop is how it stops.
    void end(Number(process.exitCode) || 1, { error });
  };
  const drained = (): void => void events.onDrained().catch(crash);
  const exit = (code: number): void => events.onExit(code);

  process.on("SIGINT", stop).on("SIGTERM", stop);
  process.on("uncaughtException", crash).on("unhandledRejection", crash);
  process.on("beforeExit", drained).on("exit", exit);
  return {
    endSoon,
    // A process that was told to end is still made to, whether or not it has said its last word.
    release: () => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      process.off("uncaughtException", crash).off("unhandledRejection", crash);
      process.off("beforeExit", drained).off("exit", exit);
    },
  };
}
