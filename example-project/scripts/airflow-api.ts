import type { AirflowLogin } from "./airflow.ts";

/** What is asked of Airflow's API server, over its public REST API. */
export class AirflowApi {
  readonly url: string;
  readonly #login: AirflowLogin;
  #token: string | undefined;

  constructor(url: string, login: AirflowLogin) {
    this.url = url;
    this.#login = login;
  }

  /** Waits until the server answers, the scheduler and the DAG processor are at work, and these DAGs have been read. */
  async waitUntilReady(dagIds: readonly string[], signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (await this.#isReady(dagIds).catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Asks `path` below `/api/v2`. Raises an error with what the server said, where it refuses. */
  async ask<Answer>(path: string, { method = "GET", body }: { method?: string; body?: unknown } = {}): Promise<Answer> {
    this.#token ??= await this.#logIn();
    const response = await fetch(`${this.url}/api/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(60_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Airflow answered ${response.status} to ${method} ${path}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  }

  async #isReady(dagIds: readonly string[]): Promise<boolean> {
    const health = await this.ask<Record<string, { status: string | null }>>("/monitor/health");
    if (health["scheduler"]?.status !== "healthy" || health["dag_processor"]?.status !== "healthy") return false;
    const { dags } = await this.ask<{ dags: { dag_id: string }[] }>("/dags");
    return dagIds.every((id) => dags.some((dag) => dag.dag_id === id));
  }

  async #logIn(): Promise<string> {
    const response = await fetch(`${this.url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(this.#login),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`Airflow refused the login: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }
}
