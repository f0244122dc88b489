import { stopGroup } from "@millrace/example-project/scripts/process-group.ts";
import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { freePort } from "../free-port.ts";

/** A running `dg dev`: webserver, daemon and code location. */
export interface Dagster extends AsyncDisposable {
  readonly url: string;
  /** Asks its GraphQL; raises what it complains about. */
  readonly ask: <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>;
}

export interface DagsterOptions {
  /** Of the TypeScript project; its Dagster project is in `orchestrator` below. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** Added to its dagster.yaml. */
  readonly settings?: string;
}

/** The environment of everything that belongs to the project's Dagster; its programs are in `bin`. */
export async function dagsterEnvironment({ folder, databaseUrl }: DagsterOptions) {
  const { bin } = await ensurePython();
  const env = {
    DAGSTER_HOME: join(folder, "dagster-home"),
    DATABASE_URL: databaseUrl,
    MILLRACE_NODE: process.execPath,
    PATH: [dirname(bin("dg")), process.env["PATH"]].join(delimiter),
    PYTHONWARNINGS: "ignore",
    VIRTUAL_ENV: join(dirname(bin("dg")), ".."),
  };
  return { bin, env };
}

/** Starts Dagster for a copied project; settled when its code location has loaded. */
export async function startDagster(options: DagsterOptions): Promise<Dagster> {
  const { folder, settings = "" } = options;
  const { bin, env } = await dagsterEnvironment(options);
  await mkdir(env.DAGSTER_HOME);
  const common = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n";
  await writeFile(join(env.DAGSTER_HOME, "dagster.yaml"), common + settings);
  const port = await freePort();
  const log = join(folder, "dagster.log");
  const process_ = execa(bin("dg"), ["dev", "--host", "127.0.0.1", "--port", String(port)], {
    cwd: join(folder, "orchestrator"),
    env,
    all: true,
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  process_.all.pipe(createWriteStream(log));
  const url = `http://127.0.0.1:${port}`;
  const dagster: Dagster = {
    url,
    ask: (query, variables = {}) => ask(url, query, variables),
    [Symbol.asyncDispose]: () => stopGroup(process_),
  };
  let ended = false;
  void process_.then(() => (ended = true));
  while (!(await hasLoaded(dagster))) {
    if (ended) throw new Error(`dg dev has ended:\n${await readFile(log, "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return dagster;
}

async function hasLoaded(dagster: Dagster): Promise<boolean> {
  const query = `{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError {
    __typename ... on PythonError { message } } } } } }`;
  const { workspaceOrError } = await dagster
    .ask<{ workspaceOrError: { locationEntries?: LocationEntry[] } }>(query)
    .catch(() => ({ workspaceOrError: {} as { locationEntries?: LocationEntry[] } }));
  const entries = workspaceOrError.locationEntries ?? [];
  const problem = entries.find((entry) => entry.locationOrLoadError?.message !== undefined);
  if (problem) throw new Error(problem.locationOrLoadError?.message);
  return entries.length > 0 && entries.every(({ loadStatus }) => loadStatus === "LOADED");
}

interface LocationEntry {
  readonly loadStatus: string;
  readonly locationOrLoadError: { readonly message?: string } | null;
}

async function ask<Data>(url: string, query: string, variables: Record<string, unknown>): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
