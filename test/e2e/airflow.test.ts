import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { example, startTestAirflow, type Attempt, type TestAirflow } from "./airflow/airflow.ts";
import { Runs, until, type DagRun } from "./airflow/runs.ts";
import { logIn } from "./airflow/ui.ts";
import { isSkipped } from "../run/skipped.ts";
import { openPage } from "./browser.ts";

const DAYS = ["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04", "2013-01-05"] as const;
/** One of its records is unreadable. */
const SPOILED = "2013-01-02";
/** Its whole file is unreadable. */
const POISONED = "2013-01-03";
const DAGS = ["reference", "days", "partitioned", "downstream", "at_runtime", "idle", "killed", "stopped"];
const TABLES = ["airlines", "airports", "planes", "weather", "flights", "daily_delays"];

// A real Airflow: scheduler, DAG processor, workers and API server, for which its packages are installed.
describe.skipIf(isSkipped("airflow"))("Airflow", { timeout: 600_000 }, () => {
  let airflow: TestAirflow;
  let runs: Runs;

  beforeAll(async () => {
    airflow = await startTestAirflow(DAGS);
    runs = new Runs(airflow.api);
  }, 600_000);
  afterAll(() => airflow?.[Symbol.asyncDispose](), 60_000);

  test("a backfill of five days, two at a time, of which one is poisoned, loads the four others and repairs the fifth", async () => {
    const { api, sql, breakDay, repairDay, spoilRecord } = airflow;
    await runs.unpause("reference");
    await runs.trigger("reference");
    await spoilRecord(SPOILED);
    await breakDay(POISONED);
    await runs.backfill("days", `${DAYS[0]}T00:00:00-05:00`, `${DAYS[4]}T00:00:00-05:00`, 2);
    await runs.unpause("days");
    const [reference] = await runs.ended("reference", 1);
    expect(reference?.state).toBe("success");
    const done = await runs.ended("days", 5);
    expect(done.map(({ state }) => state)).toEqual(["success", "success", "failed", "success", "success"]);
    const days = async () =>
      (await sql`SELECT DISTINCT flight_date::text AS day FROM flights ORDER BY 1`).map((row) => row["day"]);
    expect(await days()).toEqual(DAYS.filter((day) => day !== POISONED));

    const poisoned = done[2]!.dag_run_id;
    const states = Object.fromEntries((await runs.tasks("days", poisoned)).map((task) => [task.task_id, task.state]));
    expect(states).toEqual({ weather: "success", flights: "failed", daily_delays: "upstream_failed" });
    const [flights] = (await runs.tasks("days", poisoned)).filter((task) => task.task_id === "flights");
    expect(flights?.try_number, "a corrupt file is not tried again").toBe(1);
    const failed = await runs.log("days", poisoned, "flights", 1);
    const error = failed.find(({ level, event }) => level === "error" && event === "Task failed with exception");
    expect(JSON.stringify(error)).toContain("[SOURCE_CORRUPT]");
    expect(JSON.stringify(error)).toContain("extract/files/");
    const good = await runs.log("days", done[0]!.dag_run_id, "flights", 1);
    expect(good).toContainEqual(
      expect.objectContaining({ event: "batch_completed", level: "info", processed: 842, partition: DAYS[0] }),
    );
    expect(JSON.stringify([failed, good])).not.toMatch(/postgres:\/\/[^:@/]+:[^*]/);

    await repairDay(POISONED);
    await runs.clearFailed("days", poisoned);
    await until(async () => ((await runs.of("days")).every(({ state }) => state === "success") ? true : undefined));
    expect(await days()).toEqual(DAYS);

    const { asset_events: events } = await api.ask<{
      asset_events: { name: string; extra: Record<string, unknown> }[];
    }>("/assets/events?source_dag_id=days&limit=100");
    const inserted = events
      .filter(({ name }) => name === "flights")
      .map(({ extra }) => [(extra["partitions"] as string[])[0], extra["inserted"]]);
    expect(Object.fromEntries(inserted)).toEqual(
      Object.fromEntries([842, 942, 914, 915, 720].map((count, index) => [DAYS[index], count])),
    );
    const { providers } = await api.ask<{ providers: { package_name: string }[] }>("/providers?limit=100");
    expect(providers.map((provider) => provider.package_name)).toContain("millrace");
  });

  test("Dagster loads the same rows for the same days", async () => {
    const url = await airflow.openExample("with_dagster");
    const python = await ensurePython();
    const home = join(airflow.folder, "dagster");
    await mkdir(home);
    const config = JSON.stringify({
      execution: { config: { in_process: {} } },
      ops: { flights: { config: { dataDir: airflow.dataDir } } },
    });
    const range = `${DAYS[0]}...${DAYS[4]}`;
    await execa("dg", ["launch", "--assets", "*", "--partition-range", range, "--config-json", config], {
      cwd: join(example, "orchestrator"),
      env: {
        DAGSTER_HOME: home,
        DATABASE_URL: url,
        MILLRACE_NODE: process.execPath,
        PATH: [join(python.environment, "bin"), process.env["PATH"]].join(delimiter),
        VIRTUAL_ENV: python.environment,
      },
    });
    const sql = postgres(url, { max: 1 });
    try {
      for (const table of TABLES) {
        const query = (from: typeof sql) => from`SELECT t::text AS row FROM ${from(table)} t ORDER BY 1`;
        const [own, theirs] = await Promise.all([query(airflow.sql), query(sql)]);
        expect(own.length, table).toBeGreaterThan(0);
        expect(own, table).toEqual(theirs);
      }
    } finally {
      await sql.end();
    }
  });

  test("Airflow's own partitions are the operators', downstream of an asset and as found out by a task too", async () => {
    const { sql } = airflow;
    const loaded = async (job: string) => {
      const rows =
        await sql`SELECT operator, partition FROM millrace.runs WHERE scheduler_run_id LIKE ${`${job}/%`} ORDER BY partition`;
      return rows.map((row) => `${row["operator"]} ${row["partition"]}`);
    };
    await Promise.all(["partitioned", "downstream", "at_runtime"].map((dag) => runs.unpause(dag)));
    await runs.trigger("partitioned", `${DAYS[3]}T00:00:00`);
    await runs.trigger("at_runtime");
    await runs.ended("partitioned", 1);
    await runs.ended("at_runtime", 1);
    await runs.ended("downstream", 1);
    expect(await loaded("partitioned")).toEqual([`weather ${DAYS[3]}`]);
    expect(await loaded("downstream")).toEqual([`daily_delays ${DAYS[3]}`]);
    expect(await loaded("at_runtime")).toEqual(["weather 2013-02-02", "weather 2013-02-03"]);
  });

  test("an operator that says that there is nothing to do skips its task", async () => {
    await runs.unpause("idle");
    const run = await runs.trigger("idle");
    await runs.ended("idle", 1);
    expect(await runs.tasks("idle", run)).toMatchObject([{ state: "skipped", try_number: 1 }]);
  });

  test("the UI shows the graph, logs at their levels, the JavaScript error, dead letters and the asset's events", async () => {
    const [, spoiled, poisoned] = await runs.ended("days", 5);
    const at = (run: DagRun | undefined) => `${airflow.api.url}/dags/days/runs/${encodeURIComponent(run!.dag_run_id)}`;
    await using browser = await openPage();
    const { page, keep } = browser;
    await logIn(page, airflow.api.url, airflow.login);

    await page.goto(at(spoiled));
    await page.getByRole("button", { name: /graph/i }).first().click();
    for (const task of ["weather", "flights", "daily_delays"])
      await page.getByTestId(`rf__node-${task}`).getByText("success").waitFor();
    await keep("airflow-graph");

    await page.getByRole("button", { name: /grid/i }).first().click();
    await page.goto(`${at(spoiled)}/tasks/flights`);
    await page.getByText("batch_completed").waitFor();
    await page.getByText("processed=942").waitFor();
    await page.getByText("WARNING").first().waitFor();
    await page.getByText("rejected=1").waitFor();
    await keep("airflow-log");

    expect(await runs.links("days", spoiled!.dag_run_id, "weather")).toEqual({ "Dead letters": null });
    await page.goto(`${at(spoiled)}/tasks/flights/details`);
    await page.getByRole("link", { name: "Dead letters" }).click();
    await page.getByText("dead_letters", { exact: true }).waitFor();
    await keep("airflow-dead-letters");

    await page.goto(`${at(poisoned)}/tasks/flights?try_number=1`);
    await page.getByText("ERROR").first().waitFor();
    await page
      .getByText(/SOURCE_CORRUPT/)
      .first()
      .waitFor();
    await page
      .getByText(/extract\/files\/file-bytes\.ts/)
      .first()
      .waitFor();
    await keep("airflow-error");

    const { assets } = await airflow.api.ask<{ assets: { id: number; name: string }[] }>("/assets?limit=100");
    await page.goto(`${airflow.api.url}/assets/${assets.find(({ name }) => name === "flights")?.id}`);
    await page.getByText("5 Asset Events").waitFor();
    await keep("airflow-asset");
  });

  test("a task whose process is killed leaves no operator behind, and its retry goes on from the checkpoint", async () => {
    await runs.unpause("killed");
    const run = await runs.trigger("killed");
    const first = await atWork("killed");
    process.kill(first.task, "SIGKILL");
    await gone(first.pid);
    const [ended] = await runs.ended("killed", 1);
    expect(ended?.state).toBe("success");
    const [task] = await runs.tasks("killed", run);
    expect(task?.try_number).toBe(2);
    const attempts = (await airflow.attempts()).filter(({ load }) => load === "killed");
    expect(attempts.map(({ from }) => from)).toEqual([0, expect.any(Number)]);
    expect(attempts[1]!.from).toBeGreaterThanOrEqual(3);
    const rows = await airflow.sql`SELECT id FROM items WHERE load = 'killed' ORDER BY id`;
    expect(rows.map((row) => row["id"])).toEqual(Array.from({ length: 60 }, (_, id) => id));
  });

  test("a task that is marked as failed stops its operator, and what was committed is what its checkpoint says", async () => {
    await runs.unpause("stopped");
    const run = await runs.trigger("stopped");
    const { pid } = await atWork("stopped");
    await runs.markFailed("stopped", run, "slow");
    await gone(pid);
    const [state] = await airflow.sql`
      SELECT (SELECT count(*)::int FROM items WHERE load = 'stopped') AS rows, cursor::int AS cursor
      FROM millrace.checkpoints WHERE operator = 'slow' AND partition = 'stopped'`;
    expect(state?.["rows"]).toBe(state?.["cursor"]);
    expect(state?.["rows"]).toBeLessThan(60);
    expect((await airflow.attempts()).filter(({ load }) => load === "stopped")).toHaveLength(1);
  });

  /** Waits until an operator has committed a few times. */
  async function atWork(load: string): Promise<Attempt> {
    return until(async () => {
      const [row] = await airflow.sql`SELECT count(*)::int AS n FROM items WHERE load = ${load}`;
      return row?.["n"] >= 3 ? (await airflow.attempts()).find((attempt) => attempt.load === load) : undefined;
    });
  }
});

/** Waits until a process is no more. */
async function gone(pid: number): Promise<void> {
  await until(async () => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  });
}
