import { join, relative } from "node:path";
import { airflowEnvironment, airflowLogin } from "./airflow.ts";
import { AirflowApi } from "./airflow-api.ts";
import { startAirflow } from "./airflow-standalone.ts";
import { openDatabase } from "./database.ts";
import { repository, stateDirectory } from "./places.ts";
import { chosenPort, requireFreePort } from "./port.ts";
import { ensurePython } from "./python.ts";
import { main, say } from "./terminal.ts";

const AIRFLOW_PORT = "MILLRACE_AIRFLOW_PORT";
const START_TIMEOUT_MS = 300_000;

await main(async (signal) => {
  const port = chosenPort(AIRFLOW_PORT) ?? 8080;
  await requireFreePort(port, AIRFLOW_PORT);
  const python = await ensurePython({ scheduler: "airflow", onProgress: say, signal });
  const { server, url: databaseUrl } = await openDatabase({ onProgress: say, signal });
  try {
    const metadataUrl = await server.createDatabase("airflow");
    const environment = await airflowEnvironment({ python, databaseUrl, metadataUrl, port });
    const login = await airflowLogin();
    const logFile = join(stateDirectory, "airflow.log");
    say(`starting Airflow, which takes a minute; what it says goes to ${relative(repository, logFile)}`);
    await using airflow = startAirflow(environment, logFile);
    const api = new AirflowApi(`http://localhost:${port}`, login);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
    await Promise.race([api.waitUntilReady(["nycflights", "nycflights_reference"], patience), airflow.failed()]);
    say(`Airflow is at ${api.url} — Ctrl-C ends it, and the database`);
    say(`log in as ${login.username} with the password ${login.password}`);
    say("its DAGs are paused: switch them on, trigger nycflights_reference, then backfill days of nycflights in 2013");
    say(`the data: psql ${databaseUrl}`);
    await Promise.race([aborted(signal), airflow.failed()]);
  } finally {
    await server.stop();
    say("Airflow and PostgreSQL are stopped");
  }
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
