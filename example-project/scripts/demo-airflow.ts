import { MillraceError } from "@millrace/sdk";
import { execa } from "execa";
import { createWriteStream } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { airflowEnvironment } from "./airflow.ts";
import { openDatabase } from "./database.ts";
import { orchestrator, repository, stateDirectory } from "./places.ts";
import { ensurePython } from "./python.ts";
import { databaseTime, summarize } from "./summary.ts";
import { main, say } from "./terminal.ts";

const FIRST = "2013-01-01";
const LAST = "2013-01-05";
const dagFile = join(orchestrator, "airflow", "nycflights.py");

await main(async (signal) => {
  const began = performance.now();
  const python = await ensurePython({ scheduler: "airflow", onProgress: say, signal });
  const database = await openDatabase({ onProgress: say, signal });
  const metadataUrl = await database.server.createDatabase("airflow");
  const since = await databaseTime(database.url);
  const environment = await airflowEnvironment({ python, databaseUrl: database.url, metadataUrl });

  say(`Airflow runs the reference data and ${FIRST} to ${LAST}, a run each`);
  await runDays(environment, signal);

  const { table, changed, partitions } = await summarize(database.url, since);
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`
${table}
${partitions} partitions in ${seconds} seconds (the last column is the operators' own time); ${changed === 0 ? "no row was changed" : `${changed.toLocaleString("en")} rows were written`}.

The data      psql ${database.url}
              in ${database.server.dataDirectory}
In Airflow    npx -y pnpm@12 dev:airflow
Stop it       npx -y pnpm@12 stop   (PostgreSQL goes on so that you can look)
`);
});

/** Headless runs of Airflow's DAGs, one after the other. Raises DEMO_FAILED with what Airflow said. */
async function runDays(environment: Record<string, string>, signal: AbortSignal): Promise<void> {
  const logFile = join(stateDirectory, "demo-airflow.log");
  const log = createWriteStream(logFile);
  const all = { env: environment, all: true, reject: false, buffer: false, cancelSignal: signal } as const;
  const errors: string[] = [];
  try {
    for (const [program, args] of [
      ["airflow", ["db", "migrate"]],
      ["python", [join(import.meta.dirname, "run-airflow-days.py"), dagFile, FIRST, LAST]],
    ] as const) {
      const run = execa(program, args, { ...all, forceKillAfterDelay: 10_000 });
      for await (const line of createInterface({ input: run.all })) {
        log.write(`${line}\n`);
        const ran = /^RUN (.*)$/.exec(line)?.[1];
        if (ran !== undefined) say(ran);
        if (/\[(error|critical) +\]|^\w*(Error|Exception|SystemExit)\b/.test(line)) errors.push(line);
      }
      const { exitCode } = await run;
      signal.throwIfAborted();
      if (exitCode === 0) continue;
      throw new MillraceError("DEMO_FAILED", `${errors.slice(0, 40).join("\n")}\nThe run failed`, {
        fix: `All that Airflow said is in ${relative(repository, logFile)}`,
      });
    }
  } finally {
    log.end();
  }
}
