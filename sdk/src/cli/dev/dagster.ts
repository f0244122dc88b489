import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { FatalError } from "../../errors/millrace-error.ts";
import { findUv } from "./uv.ts";

export interface DagsterOptions {
  /** The Python project: it has a pyproject.toml. */
  readonly folder: string;
  /** What it leaves behind goes here. */
  readonly state: string;
  readonly databaseUrl: string;
  readonly port: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Dagster extends AsyncDisposable {
  readonly url: string;
  /** Settles when it ends by itself: raises FatalError DAGSTER_ENDED. */
  readonly ended: Promise<never>;
}

// No telemetry, and no invitation in front of the first page.
const DAGSTER_YAML = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n";

/** Installs the Python side and starts Dagster's webserver and daemon. Raises FatalError PYTHON_SYNC_FAILED, DAGSTER_ENDED. */
export async function startDagster(options: DagsterOptions): Promise<Dagster> {
  const { folder, state, databaseUrl, port, say, signal } = options;
  const uv = await findUv({ folder: join(state, "uv"), say, signal });
  const environment = { ...process.env, VIRTUAL_ENV: undefined, UV_PROJECT_ENVIRONMENT: ".venv" };
  say("installing the Python packages for Dagster; the first time this takes about a minute");
  const sync = await execa(uv, ["sync"], {
    cwd: folder,
    env: environment,
    cancelSignal: signal,
    reject: false,
    all: true,
  });
  if (sync.failed) {
    signal.throwIfAborted();
    throw new FatalError("PYTHON_SYNC_FAILED", `\`uv sync\` failed in ${folder}: ${sync.all.trim()}`, {
      fix: "If it can not reach PyPI, check network and proxy",
    });
  }
  const home = join(state, "dagster");
  const log = join(state, "dagster.log");
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "dagster.yaml"), DAGSTER_YAML);
  say(`starting Dagster; what it says goes to ${log}`);
  const run = execa(join(folder, ".venv/bin/dg"), ["dev", "--host", "127.0.0.1", "--port", String(port)], {
    cwd: folder,
    env: {
      ...environment,
      DAGSTER_HOME: home,
      DATABASE_URL: databaseUrl,
      MILLRACE_NODE: process.execPath,
      PATH: [join(folder, ".venv/bin"), process.env["PATH"]].join(delimiter),
      PYTHONWARNINGS: "ignore",
      VIRTUAL_ENV: join(folder, ".venv"),
    },
    all: true,
    buffer: false,
    reject: false,
    // A group of its own, that ends as one.
    detached: true,
    cleanup: false,
  });
  run.all.pipe(createWriteStream(log));
  const ended = run.then(({ exitCode }) => {
    throw new FatalError("DAGSTER_ENDED", `Dagster has ended with exit code ${exitCode}`, {
      fix: `See the end of ${log}`,
    });
  });
  ended.catch(() => {});
  const stop = async () => {
    for (const name of ["SIGINT", "SIGKILL"] as const) {
      try {
        process.kill(-run.pid!, name);
      } catch {
        return; // it is gone
      }
      await Promise.race([run, delay(10_000, undefined, { ref: false })]);
    }
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([answering(url, signal), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, ended, [Symbol.asyncDispose]: stop };
}

async function answering(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/server_info`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    }).catch(() => undefined);
    if (answer?.ok) return;
    await delay(300, undefined, { signal });
  }
}
