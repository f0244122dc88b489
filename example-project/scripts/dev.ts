import { MillraceError } from "@millrace/sdk";
import { execa } from "execa";
import { createWriteStream } from "node:fs";
import { join, relative } from "node:path";
import { dagsterEnvironment } from "./dagster.ts";
import { openDatabase } from "./database.ts";
import { DagsterApi } from "./dagster-api.ts";
import { orchestrator, project, repository, stateDirectory } from "./places.ts";
import { chosenPort, requireFreePort } from "./port.ts";
import { stopGroup } from "./process-group.ts";
import { ensurePython } from "./python.ts";
import { main, say } from "./terminal.ts";
import { watchSources } from "./watch-sources.ts";

const DAGSTER_PORT = "MILLRACE_DAGSTER_PORT";
const START_TIMEOUT_MS = 180_000;

await main(async (signal) => {
  const port = chosenPort(DAGSTER_PORT) ?? 3000;
  await requireFreePort(port, DAGSTER_PORT);
  const python = await ensurePython({ onProgress: say, signal });
  const { server, url: databaseUrl } = await openDatabase({ onProgress: say, signal });
  try {
    const environment = await dagsterEnvironment({ python, databaseUrl });
    const logFile = join(stateDirectory, "dagster.log");
    say(`starting Dagster; what it says goes to ${relative(repository, logFile)}`);
    const dagster = startDagster(environment, { port, logFile });
    try {
      const api = new DagsterApi(port);
      await Promise.race([
        api.waitUntilLoaded(AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)])),
        failed(dagster, logFile),
      ]);
      say(`Dagster is at http://localhost:${port}/asset-groups — Ctrl-C ends it, and the database`);
      say(`the data: psql ${databaseUrl}`);
      await Promise.race([watchSources(project, () => reload(api), signal), failed(dagster, logFile)]);
    } finally {
      await stopGroup(dagster);
    }
  } finally {
    await server.stop();
    say("Dagster and PostgreSQL are stopped");
  }
});

/** Dagster's webserver, daemon and code location, in a process group of their own so that they end together. */
function startDagster(environment: Record<string, string>, { port, logFile }: { port: number; logFile: string }) {
  const run = execa("dg", ["dev", "--host", "127.0.0.1", "--port", String(port)], {
    cwd: orchestrator,
    env: environment,
    all: true,
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  run.all.pipe(createWriteStream(logFile));
  return run;
}

type Dagster = ReturnType<typeof startDagster>;

/** Settles only when Dagster ends by itself: raises DAGSTER_ENDED. */
async function failed(dagster: Dagster, logFile: string): Promise<never> {
  const { exitCode } = await dagster;
  throw new MillraceError("DAGSTER_ENDED", `Dagster has ended with exit code ${exitCode}`, {
    fix: `See the end of ${relative(repository, logFile)}`,
  });
}

async function reload(api: DagsterApi): Promise<void> {
  const problem = await api.reload();
  say(problem === null ? "operators reloaded" : `the operators do not load, Dagster keeps what it had: ${problem}`);
}
