import type { AirflowApi } from "@millrace/example-project/scripts/airflow-api.ts";

export interface DagRun {
  readonly dag_run_id: string;
  readonly state: string;
  readonly data_interval_start: string | null;
}

export interface TaskInstance {
  readonly task_id: string;
  readonly state: string | null;
  readonly try_number: number;
}

export interface LogEntry {
  readonly event: string;
  readonly level?: string;
  readonly [field: string]: unknown;
}

/** What people do in Airflow, over its API: runs, backfills, clearing, and looking at what came of them. */
export class Runs {
  readonly #api: AirflowApi;

  constructor(api: AirflowApi) {
    this.#api = api;
  }

  async unpause(dag: string): Promise<void> {
    await this.#api.ask(`/dags/${dag}`, { method: "PATCH", body: { is_paused: false } });
  }

  /** Starts a run by hand; returns its id. */
  async trigger(dag: string, partitionKey?: string): Promise<string> {
    const body = { logical_date: null, ...(partitionKey !== undefined && { partition_key: partitionKey }) };
    return (await this.#api.ask<DagRun>(`/dags/${dag}/dagRuns`, { method: "POST", body })).dag_run_id;
  }

  async backfill(dag: string, from: string, to: string, maxActiveRuns: number): Promise<void> {
    await this.#api.ask("/backfills", {
      method: "POST",
      body: { dag_id: dag, from_date: from, to_date: to, max_active_runs: maxActiveRuns },
    });
  }

  async of(dag: string): Promise<DagRun[]> {
    return (await this.#api.ask<{ dag_runs: DagRun[] }>(`/dags/${dag}/dagRuns?limit=100`)).dag_runs;
  }

  async tasks(dag: string, run: string): Promise<TaskInstance[]> {
    const path = `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances`;
    return (await this.#api.ask<{ task_instances: TaskInstance[] }>(path)).task_instances;
  }

  /** Waits until so many runs of the DAG have ended; returns them, the earliest interval first. */
  async ended(dag: string, count: number): Promise<DagRun[]> {
    return until(async () => {
      const runs = await this.of(dag);
      const done = runs.filter(({ state }) => state === "success" || state === "failed");
      if (runs.length !== done.length || done.length < count) return undefined;
      return done.toSorted((a, b) => String(a.data_interval_start).localeCompare(String(b.data_interval_start)));
    });
  }

  async log(dag: string, run: string, task: string, attempt: number): Promise<LogEntry[]> {
    const path = `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}/logs/${attempt}?full_content=true`;
    return (await this.#api.ask<{ content: LogEntry[] }>(path)).content;
  }

  /** The task's extra links by name; null where it has none to show. */
  async links(dag: string, run: string, task: string): Promise<Record<string, string | null>> {
    const path = `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}/links`;
    return (await this.#api.ask<{ extra_links: Record<string, string | null> }>(path)).extra_links;
  }

  async clearFailed(dag: string, run: string): Promise<void> {
    const body = { dry_run: false, dag_run_id: run, only_failed: true };
    await this.#api.ask(`/dags/${dag}/clearTaskInstances`, { method: "POST", body });
  }

  async markFailed(dag: string, run: string, task: string): Promise<void> {
    const path = `/dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances/${task}`;
    await this.#api.ask(path, { method: "PATCH", body: { new_state: "failed" } });
  }
}

/** Asks again and again until there is an answer; the test's own limit ends it. */
export async function until<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
