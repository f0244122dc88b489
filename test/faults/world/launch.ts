import { execa } from "execa";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const sdk = require("@millrace/sdk/package.json") as { bin: { millrace: string } };
const COMMAND = join(dirname(require.resolve("@millrace/sdk/package.json")), sdk.bin.millrace);
const PROJECT = join(import.meta.dirname, "..", "project");
const CLOCK = join(import.meta.dirname, "clock.mjs");

export interface LaunchOptions {
  readonly operator: string;
  /** Empty where the operator has none. */
  readonly partition: string;
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
}

export function launch({ operator, partition, file, databaseUrl, runId }: LaunchOptions): Execution {
  const child = execa(process.execPath, ["--import", CLOCK, COMMAND, "exec", operator, "--project", PROJECT], {
    stdio: ["pipe", "ignore", "pipe", "pipe"],
    env: { DATABASE_URL: databaseUrl, MILLRACE_LOG_LEVEL: "info", MILLRACE_HOST: "stdin", MILLRACE_MESSAGES_FD: "3" },
    reject: false,
  });
  const { stdin, stderr } = child;
  stdin.on("error", () => {}); // killed before it has read it
  const extras = { config: { file }, ...(partition !== "" && { partition_keys: [partition] }) };
  stdin.write(`${JSON.stringify({ run_id: runId, extras })}\n`);
  const ended = child.then(({ exitCode, signal, stdio }): Ending => {
    stdin.destroy();
    const [, , log, said] = stdio as unknown as readonly string[];
    const { method, params } = lastMessage(said ?? "");
    const error = params?.exception?.message ?? "";
    return { ok: exitCode === 0 && method === "closed" && error === "", error, signal: signal ?? null, log: log ?? "" };
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
  readonly params?: { readonly exception?: { readonly message: string } };
}

function lastMessage(text: string): Message {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {}; // cut off in the middle
  }
}
