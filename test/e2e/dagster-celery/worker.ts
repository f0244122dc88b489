import { execa } from "execa";
import { join } from "node:path";
import { dagsterEnvironment, type DagsterOptions } from "../dagster-ui/dagster.ts";
import { poll } from "../dagster-ui/backfills.ts";

export interface Worker extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** How many runs it has begun. */
  readonly begun: () => number;
}

export interface WorkerOptions extends DagsterOptions {
  readonly name: string;
  /** The folder with `dagster_celery_config.py`: the broker and how tasks are acknowledged. */
  readonly config: string;
}

/** Starts a Celery worker for one run at a time; settled when it is ready to take one. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { name, config, folder } = options;
  const { bin, env } = await dagsterEnvironment(options);
  const args = ["-A", "dagster_celery.app", "worker", "--loglevel", "INFO", "--queues", "dagster"];
  const process_ = execa(bin("celery"), [...args, "--concurrency", "1", "--hostname", `${name}@%h`], {
    cwd: join(folder, "orchestrator"),
    env: { ...env, PYTHONPATH: config },
    all: true,
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  let said = "";
  process_.all.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const { pid } = process_;
  if (pid === undefined) throw new Error("celery does not start");
  let ended = false;
  void process_.then(() => (ended = true));
  await poll(`worker ${name}`, async () => {
    if (ended) throw new Error(`worker ${name} has ended:\n${said}`);
    return said.includes(" ready.") || undefined;
  });
  return {
    name,
    pid,
    begun: () => said.match(/Task execute_job\[[^\]]+\] received/g)?.length ?? 0,
    [Symbol.asyncDispose]: async () => {
      killGroup(pid);
      await process_;
    },
  };
}

/** As if its machine were gone: the worker and its processes end at once. What they started is in groups of its own. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
