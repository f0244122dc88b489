import { execa } from "execa";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const sdk = require("@millrace/sdk/package.json") as { bin: { millrace: string } };
const COMMAND = join(dirname(require.resolve("@millrace/sdk/package.json")), sdk.bin.millrace);
const PROJECT = join(import.meta.dirname, "project");

export interface ExecOptions {
  readonly operator: string;
  readonly partition?: string | undefined;
  readonly file: string;
  readonly databaseUrl: string;
}

/** A `millrace exec` in a process of its own. */
export interface Execution {
  /** Resolves once the load begins, or the process has ended without. */
  readonly began: Promise<void>;
  /** How the process ended: null where it succeeded, else the signal that ended it, or what it had to say. */
  readonly ended: Promise<string | null>;
  kill(): void;
}

export function exec({ operator, partition, file, databaseUrl }: ExecOptions): Execution {
  const args = [COMMAND, "exec", operator, "--project", PROJECT, "--config", `file=${file}`];
  if (partition !== undefined) args.push("--partition", partition);
  const env = { DATABASE_URL: databaseUrl, MILLRACE_LOG_LEVEL: "info" };
  const child = execa(process.execPath, args, { env, stdin: "ignore", all: true, reject: false });
  const ended = child.then(({ exitCode, signal, all }) => (exitCode === 0 ? null : (signal ?? all)));
  const began = new Promise<void>((begin) => {
    child.all.on("data", (text: Buffer) => {
      if (text.includes("batch_started")) begin();
    });
    void ended.then(() => begin());
  });
  return { began, ended, kill: () => child.kill("SIGKILL") };
}
