import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Of the operator; null for a program that takes no context. */
  readonly config: Readonly<Record<string, unknown>> | null;
}

/** Milliseconds from the start of the process. */
export interface Timing {
  /** Null where the program says no such thing. */
  readonly opened: number | null;
  readonly exited: number;
  readonly exitCode: number | null;
}

/** Runs a program as our own launchers do, the context on stdin and messages on a pipe, and notes when it said what. */
export async function launch({ command, args, env, config }: Launch): Promise<Timing> {
  const start = performance.now();
  const since = () => performance.now() - start;
  const child = spawn(command, args, {
    env: { ...process.env, ...env, MILLRACE_HOST: "stdin", MILLRACE_MESSAGES_FD: "3" },
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  let opened: number | null = null;
  const messages = createInterface(child.stdio[3] as Readable).on("line", (line) => {
    if (line.includes('"method":"opened"')) opened = since();
  });
  if (config !== null) child.stdin?.write(`${JSON.stringify(contextOf(config))}\n`);
  const [exitCode] = (await once(child, "exit")) as [number | null];
  const exited = since();
  messages.close();
  child.stdin?.destroy();
  return { opened, exited, exitCode };
}

export function contextOf(config: Readonly<Record<string, unknown>>): object {
  return {
    asset_keys: ["airlines"],
    code_version_by_asset_key: { airlines: null },
    provenance_by_asset_key: { airlines: null },
    partition_key: null,
    partition_key_range: null,
    partition_time_window: null,
    run_id: randomUUID(),
    job_name: "job",
    retry_number: 0,
    extras: { config },
  };
}
