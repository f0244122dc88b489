import { execa } from "execa";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const sdk = require("@millrace/sdk/package.json") as { bin: { millrace: string } };
const COMMAND = join(dirname(require.resolve("@millrace/sdk/package.json")), sdk.bin.millrace);
/** The operators that are launched. */
export const PROJECT: string = join(import.meta.dirname, "..", "project");
const CLOCK = join(import.meta.dirname, "clock.mjs");

export interface LaunchOptions {
  readonly operator: string;
  /** None where the operator has none. */
  readonly partitions: readonly string[];
  /** How many of them are loaded at a time: all by default. */
  readonly parallel?: number;
  readonly file: string;
  readonly databaseUrl: string;
  /** The scheduler's id of the run. */
  readonly runId: string;
}

/** How a process ended. */
export interface Ending {
  /** Whether a scheduler takes it for a success: docs/protocol.md. */
  readonly ok: boolean;
  /** What it said of its failure; empty where it said nothing. */
  readonly error: string;
  /** What it said of partitions that failed, of several. */
  readonly failures: ReadonlyMap<string, string>;
  readonly signal: string | null;
  /** All that it logged. */
  readonly log: string;
}

/** A `millrace exec` in a process of its own, started as a scheduler does. */
export interface Execution {
  readonly runId: string;
  /** Resolves once the load begins, or the process has ended without. */
  readonly began: Promise<void>;
  readonly ended: Promise<Ending>;
  send(signal: NodeJS.Signals): void;
  /** Closes its stdin, as the end of the launcher would. */
  leave(): void;
  /** Kills a process of the scheduler that it runs below. */
  killScheduler?(which: "step" | "worker"): Promise<void>;
}

export function launch(options: LaunchOptions): Execution {
  const { operator, partitions, parallel = partitions.length, file, databaseUrl, runId } = options;
  const child = execa(process.execPath, ["--import", CLOCK, COMMAND, "exec", operator, "--project", PROJECT], {
    stdio: ["pipe", "ignore", "pipe", "pipe"],
    env: { DATABASE_URL: databaseUrl, MILLRACE_LOG_LEVEL: "info", MILLRACE_HOST: "stdin", MILLRACE_MESSAGES_FD: "3" },
    reject: false,
  });
  const { stdin, stderr } = child;
  stdin.on("error", () => {}); // killed before it has read it
  const extras = {
    config: { file },
    ...(partitions.length > 0 && { partition_keys: partitions, parallel }),
  };
  stdin.write(`${JSON.stringify({ run_id: runId, extras })}\n`);
  const ended = child.then(({ exitCode, signal, stdio }): Ending => {
    stdin.destroy();
    const [, , log, said] = stdio as unknown as readonly string[];
    const messages = messagesOf(said ?? "");
    const { method, params } = messages.at(-1) ?? {};
    const error = params?.exception?.message ?? "";
    const ok = exitCode === 0 && method === "closed" && error === "";
    return { ok, error, failures: failuresOf(messages), signal: signal ?? null, log: log ?? "" };
  });
  const began = new Promise<void>((begin) => {
    stderr.on("data", (text: Buffer) => {
      if (text.includes("batch_started")) begin();
    });
    void ended.then(() => begin());
  });
  return { runId, began, ended, send: (signal) => void child.kill(signal), leave: () => void stdin.destroy() };
}

interface Message {
  readonly method?: string;
  readonly params?: {
    readonly exception?: { readonly message: string };
    readonly payload?: {
      readonly type?: string;
      readonly partition?: string;
      readonly error?: { readonly message: string };
    };
  };
}

function messagesOf(text: string): Message[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Message];
    } catch {
      return []; // the last one, cut off in the middle
    }
  });
}

function failuresOf(messages: readonly Message[]): Map<string, string> {
  const payloads = messages.flatMap(({ params }) => params?.payload ?? []);
  const failed = payloads.filter(({ type }) => type === "partition_failed");
  return new Map(failed.map(({ partition = "", error }) => [partition, error?.message ?? ""]));
}
