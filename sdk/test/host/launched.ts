import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeParam } from "../../src/host/pipes/params.ts";
import { anyMessage } from "../../src/host/schema/message-schema.ts";

export interface Message {
  readonly method: string;
  // Whatever the schema of the method says; read freely by tests.
  readonly params: any;
}

/** A context as Dagster writes it, for one asset `a`. */
export const bareContext = {
  asset_keys: ["a"],
  code_version_by_asset_key: { a: null },
  provenance_by_asset_key: { a: null },
  partition_key: null,
  partition_key_range: null,
  partition_time_window: null,
  run_id: "run-1",
  job_name: "job",
  retry_number: 0,
  extras: {},
};

/** The messages in a text, each checked against its schema. */
export function readMessages(text: string): Message[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("The last line has no newline.");
  return lines.map((line) => anyMessage.parse(JSON.parse(line)));
}

/** A folder with a context, and the environment by which a process finds it and a file for messages. */
export function pipesEnvironment(context: object = bareContext): {
  env: Record<string, string>;
  read: () => Message[];
  path: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "millrace-host-"));
  const path = join(folder, "messages");
  writeFileSync(join(folder, "context"), JSON.stringify(context));
  return {
    env: {
      DAGSTER_PIPES_CONTEXT: encodeParam({ path: join(folder, "context") }),
      DAGSTER_PIPES_MESSAGES: encodeParam({ path }),
    },
    read: () => readMessages(readFileSync(path, "utf8")),
    path,
  };
}

export interface Launched {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Called with each piece of stderr so far, e.g. to send a signal at the right moment. */
  readonly onStderr?: (text: string, child: ReturnType<typeof spawn>) => void;
}

/** Runs an app of `apps/` to its end. */
export function launch(app: string, { env = {}, args = [], onStderr }: LaunchOptions = {}): Promise<Launched> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "apps", app), ...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
    onStderr?.(stderr, child);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
