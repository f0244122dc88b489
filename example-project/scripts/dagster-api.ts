/** What `dev` asks of Dagster's webserver, over its GraphQL. */
export class DagsterApi {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/graphql`;
  }

  /** Waits until the webserver answers and every code location has loaded, or failed to. */
  async waitUntilLoaded(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const loaded = await this.#locations(signal).catch(() => undefined);
      if (loaded !== undefined && loaded.length > 0 && loaded.every(({ loadStatus }) => loadStatus === "LOADED"))
        return;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** Loads the code locations anew; returns what went wrong, or null. */
  async reload(): Promise<string | null> {
    for (const { name } of await this.#locations()) {
      const query = `mutation ($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) {
        __typename
        ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message causes { message } } } }
        ... on PythonError { message }
      } }`;
      const { reloadRepositoryLocation: answer } = await this.#query<{ reloadRepositoryLocation: ReloadAnswer }>(
        query,
        { name },
      );
      const error = answer.locationOrLoadError ?? answer;
      if (error.message !== undefined)
        return innermost([error.message, ...(error.causes ?? []).map(({ message }) => message)].join("\n"));
    }
    return null;
  }

  async #locations(signal?: AbortSignal): Promise<{ name: string; loadStatus: string }[]> {
    const query =
      "{ locationStatusesOrError { ... on WorkspaceLocationStatusEntries { entries { name loadStatus } } } }";
    const data = await this.#query<{ locationStatusesOrError: { entries?: { name: string; loadStatus: string }[] } }>(
      query,
      {},
      signal,
    );
    return data.locationStatusesOrError.entries ?? [];
  }

  async #query<Data>(query: string, variables: Record<string, string>, signal?: AbortSignal): Promise<Data> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([AbortSignal.timeout(60_000), ...(signal ? [signal] : [])]),
    });
    if (!response.ok) throw new Error(`Dagster answered ${response.status}: ${await response.text()}`);
    const { data } = (await response.json()) as { data: Data };
    return data;
  }
}

/** Dagster tells each level of its own loading before the error that matters, which is ours where it is one. */
function innermost(message: string): string {
  return message
    .slice(Math.max(0, message.lastIndexOf("millrace.errors.")))
    .replace(/^millrace\.errors\.\w+: /, "")
    .trim();
}

interface LoadError {
  readonly message?: string;
  readonly causes?: readonly { readonly message: string }[];
}

interface ReloadAnswer extends LoadError {
  readonly locationOrLoadError?: LoadError;
}
