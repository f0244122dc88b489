import { MillraceError } from "@millrace/sdk";
import { execa } from "execa";
import { createWriteStream } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { dagsterEnvironment } from "./dagster.ts";
import { openDatabase } from "./database.ts";
import { orchestrator, repository, stateDirectory } from "./places.ts";
import { ensurePython } from "./python.ts";
import { databaseTime, summarize } from "./summary.ts";
import { main, say, show } from "./terminal.ts";

const FIRST = "2013-01-01";
const LAST = "2013-01-31";
const PROGRESS_MS = 10_000;

await main(async (signal) => {
  const began = performance.now();
  const python = await ensurePython({ onProgress: say, signal });
  const database = await openDatabase({ onProgress: say, signal });
  const since = await databaseTime(database.url);
  const environment = await dagsterEnvironment({ python, databaseUrl: database.url });

  say(`Dagster materializes all assets for ${FIRST} to ${LAST}, in one run`);
  await materialize(environment, signal);

  const { table, changed, partitions } = await summarize(database.url, since);
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`
${table}
${partitions} partitions in ${seconds} seconds (the last column is the operators' own time); ${changed === 0 ? "no row was changed" : `${changed.toLocaleString("en")} rows were written`}.

The data      psql ${database.url}
              in ${database.server.dataDirectory}
In Dagster    npx -y pnpm@12 dev
Stop it       npx -y pnpm@12 stop   (PostgreSQL goes on so that you can look)
`);
});

/** One headless run of Dagster over the month. Raises DEMO_FAILED with what Dagster said. */
async function materialize(environment: Record<string, string>, signal: AbortSignal): Promise<void> {
  const logFile = join(stateDirectory, "demo.log");
  const log = createWriteStream(logFile);
  // One process for all steps: Dagster would start itself anew for each, which takes longer than these small loads.
  const config = { execution: { config: { in_process: {} } } };
  const args = [
    "launch",
    "--assets",
    "*",
    "--partition-range",
    `${FIRST}...${LAST}`,
    "--config-json",
    JSON.stringify(config),
  ];
  const run = execa("dg", args, {
    cwd: orchestrator,
    env: environment,
    all: true,
    reject: false,
    buffer: false,
    cancelSignal: signal,
    forceKillAfterDelay: 10_000,
  });

  const done = new Map<string, number>();
  const failures: string[] = [];
  let failing = false;
  const describe = () => [...done].map(([asset, count]) => `${asset} ${count}`).join(", ") || "starting";
  const timer = process.stderr.isTTY
    ? undefined
    : setInterval(() => say(`materialized so far: ${describe()}`), PROGRESS_MS);
  try {
    for await (const line of createInterface({ input: run.all })) {
      log.write(`${line}\n`);
      const asset = /ASSET_MATERIALIZATION - Materialized value (\w+)/.exec(line)?.[1];
      if (asset !== undefined) show(`${done.set(asset, (done.get(asset) ?? 0) + 1) && describe()}`);
      // Dagster writes one line an event; what follows an error up to the next event belongs to it.
      if (/^\d{4}-\d\d-\d\d .* - dagster - /.test(line)) failing = / - ERROR - /.test(line);
      if (failing) failures.push(line);
    }
    const { exitCode } = await run;
    signal.throwIfAborted();
    if (exitCode === 0) {
      say(`Dagster materialized ${describe()}`);
      return;
    }
  } finally {
    clearInterval(timer);
    log.end();
  }
  throw new MillraceError("DEMO_FAILED", `${failures.slice(0, 40).join("\n")}\nThe run failed`, {
    fix: `All that Dagster said is in ${relative(repository, logFile)}`,
  });
}
