import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { PostgresBinaries } from "./binaries.ts";
import type { ClusterLocation } from "./location.ts";
import { address } from "./port.ts";
import { type Postmaster, runningPostmaster } from "./postmaster-file.ts";
import { childrenOf, isPostgresProcess } from "./process-table.ts";
import { identity, serverEnvironment, type ServerUser } from "./run-as.ts";

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface ServerProcess {
  readonly location: ClusterLocation;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser;
}

const pollMs = 20;

/**
 * Starts the server in a process group of its own, so that Ctrl-C in a terminal reaches us and not it, with its output
 * in the log file. Returns when it takes connections, or null when it ended instead.
 */
export async function launch(
  server: ServerProcess,
  port: number,
  settings: Settings,
  signal: AbortSignal,
): Promise<Postmaster | null> {
  const { location, binaries, user } = server;
  const all = { ...settings, listen_addresses: address, port, unix_socket_directories: "" };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  await using log = await open(location.logFile, "a");
  const child = spawn(binaries.postgres, ["-D", location.dataDirectory, ...args], {
    ...identity(user),
    env: serverEnvironment(),
    cwd: "/",
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  let ended = false;
  child.once("exit", () => (ended = true));
  child.once("error", () => (ended = true));
  while (!ended) {
    const found = await runningPostmaster(location.dataDirectory);
    if (found?.pid === child.pid && found?.status === "ready" && !signal.aborted) return found;
    if (signal.aborted) child.kill("SIGQUIT");
    await sleep(pollMs);
  }
  signal.throwIfAborted();
  return null;
}

/** Waits until the server that runs there takes connections; null when none does, or when it ends meanwhile. */
export async function runningServer(dataDirectory: string, signal: AbortSignal): Promise<Postmaster | null> {
  for (;;) {
    const found = await runningPostmaster(dataDirectory);
    if (found === null || found.status === "ready") return found;
    signal.throwIfAborted();
    await sleep(pollMs);
  }
}

/**
 * Shuts the server down: open transactions are rolled back, everything committed is on disk. Returns when it is gone.
 *
 * @throws `POSTGRES_STOP_FAILED` when it is still there after `timeoutMs`.
 */
export async function shutDown(location: ClusterLocation, timeoutMs: number): Promise<void> {
  const running = await runningPostmaster(location.dataDirectory);
  if (running === null) return;
  process.kill(running.pid, "SIGINT");
  await waitUntilGone(location, [running.pid], timeoutMs);
}

/** Ends the server and its sessions as a crash would, leaving recovery to the next start. */
export async function crash(location: ClusterLocation, timeoutMs: number): Promise<void> {
  const running = await runningPostmaster(location.dataDirectory);
  if (running === null) return;
  const sessions = await childrenOf(running.pid);
  for (const pid of [running.pid, ...sessions]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await waitUntilGone(location, [running.pid, ...sessions], timeoutMs);
}

async function waitUntilGone({ logFile }: ClusterLocation, pids: readonly number[], timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (const pid of pids) {
    while (await isPostgresProcess(pid)) {
      if (performance.now() > deadline) {
        throw new MillraceError("POSTGRES_STOP_FAILED", `PostgreSQL (process ${pid}) did not stop in ${timeoutMs} ms`, {
          fix: `Its log is ${logFile}; \`kill -QUIT ${pid}\` stops it without waiting.`,
          details: { pid, logFile },
        });
      }
      await sleep(pollMs);
    }
  }
}
