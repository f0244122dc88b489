import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startBroker } from "./dagster-celery/broker.ts";
import { killGroup, startWorker } from "./dagster-celery/worker.ts";
import { poll } from "./dagster-ui/backfills.ts";
import { isSkipped } from "../run/skipped.ts";
import { startDagster } from "./dagster-ui/dagster.ts";
import { copyProject } from "./dagster-ui/project.ts";
import { runningOperators } from "./dagster-ui/operators.ts";

const DAYS = Array.from({ length: 30 }, (_, index) => `2013-01-${String(index + 1).padStart(2, "0")}`);
/** When Redis hands what a lost worker had to another one. */
const LOST_AFTER_SECONDS = 30;

test.skipIf(isSkipped("dagster-celery"))(
  "a backfill of 30 days on two Celery workers is right though one is killed in the middle",
  { timeout: 400_000 },
  async () => {
    await using project = await copyProject(DAYS);
    await writeFile(
      join(project.folder, "orchestrator/nycflights/defs/operators/defs.yaml"),
      `type: millrace.dagster.OperatorsComponent
attributes:
  project: ../../../..
  operators:
    flights: { backfill_policy: { type: multi_run, max_partitions_per_run: 5 } }
`,
    );
    // A task of Celery may not start processes in the way of Dagster's default executor; one that it may is enough here.
    await writeFile(
      join(project.folder, "orchestrator/nycflights/definitions.py"),
      `from pathlib import Path

from dagster import Definitions, definitions, in_process_executor, load_from_defs_folder


@definitions
def defs():
    operators = load_from_defs_folder(path_within_project=Path(__file__).parent)
    return Definitions.merge(operators, Definitions(executor=in_process_executor))
`,
    );
    await using broker = await startBroker(project.folder);
    const config = join(project.folder, "celery");
    await mkdir(config);
    await writeFile(
      join(config, "dagster_celery_config.py"),
      `broker_url = result_backend = "${broker.url}"
task_acks_late = True
worker_prefetch_multiplier = 1
broker_transport_options = {"visibility_timeout": ${LOST_AFTER_SECONDS}}
`,
    );
    await using dagster = await startDagster({
      ...project,
      settings: `run_launcher:
  module: dagster_celery.launcher
  class: CeleryRunLauncher
  config:
    broker: ${broker.url}
    backend: ${broker.url}
    default_queue: dagster
    config_source: { broker_transport_options: { visibility_timeout: ${LOST_AFTER_SECONDS} } }
run_retries:
  enabled: true
  max_retries: 2
`,
    });
    await using first = await startWorker({ ...project, config, name: "first" });
    await using second = await startWorker({ ...project, config, name: "second" });

    const release = await project.holdDay("2013-01-08");
    const mutation = `mutation ($days: [String!]) { launchPartitionBackfill(backfillParams: {
      assetSelection: [{ path: ["flights"] }], partitionNames: $days }) { ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }`;
    const { launchPartitionBackfill: launched } = await dagster.ask<{
      launchPartitionBackfill: { backfillId: string; message?: string };
    }>(mutation, { days: DAYS });
    expect(launched.message).toBeUndefined();

    await poll("the held day", async () => {
      const waiting = await project.sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      return waiting.length > 0 || undefined;
    });
    await poll("both workers", () => Promise.resolve((first.begun() > 0 && second.begun() > 0) || undefined));
    // The worker that does not hold the day takes run after run: between two of them there is one operator.
    const held = await poll("an operator alone with the held day", async () => {
      const operators = await runningOperators(project.folder);
      return operators.length === 1 ? operators[0] : undefined;
    });
    const unlucky = [first, second].find(({ pid }) => held.ancestors.includes(pid));
    expect(unlucky).toBeDefined();
    killGroup(unlucky?.pid ?? 0);
    await poll("the operator's end", async () => {
      const operators = await runningOperators(project.folder);
      return operators.some(({ pid }) => pid === held.pid) ? undefined : true;
    });
    await release();

    const query = `query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
      ... on PartitionBackfill { status runs(limit: 100) { status } } } }`;
    const backfill = await poll(
      "the backfill's end",
      async () => {
        const { partitionBackfillOrError: answer } = await dagster.ask<{
          partitionBackfillOrError: { status: string; runs: { status: string }[] };
        }>(query, { id: launched.backfillId });
        return answer.status.startsWith("COMPLETED") ? answer : undefined;
      },
      240_000,
    );
    expect(backfill.status).toBe("COMPLETED_SUCCESS");
    expect(backfill.runs.map(({ status }) => status).toSorted()).toEqual(["FAILURE", ...Array(6).fill("SUCCESS")]);
    const loaded = await project.sql`
      SELECT flight_date::text AS day, count(*)::int AS rows FROM flights GROUP BY 1 ORDER BY 1`;
    expect([...loaded]).toEqual(
      await Promise.all(DAYS.map(async (day) => ({ day, rows: await rowsOf(project.folder, day) }))),
    );
  },
);

async function rowsOf(folder: string, day: string): Promise<number> {
  const file = await readFile(join(folder, "data/flights", `${day}.csv.gz`));
  return gunzipSync(file).toString().trimEnd().split("\n").length - 1;
}
