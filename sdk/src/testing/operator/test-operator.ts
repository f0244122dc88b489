import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import type { PipesException } from "../../host/pipes/protocol.ts";
import type { Operator } from "../../operator/operator.ts";
import type { PostgresServer } from "../postgres/postgres-server.ts";
import { startPostgres } from "../postgres/start-postgres.ts";
import { RecordingHost, type Recording } from "../recording-host.ts";
import type { KillPoint } from "./kill-point.ts";
import { perform, type Performed } from "./perform.ts";
import { runInChild } from "./run-in-child.ts";
import { prepare, readContent, type TestContent } from "./test-database.ts";

export interface TestOperatorOptions {
  /** Where the database of this run is created; without it a server is started for it, which takes a second or two. */
  readonly server?: PostgresServer;
  /** A database that is there, in place of a new one: for a second run on what a first one has left. */
  readonly databaseUrl?: string;
  /** A folder of migrations as drizzle-kit writes them, which are applied first. */
  readonly migrations?: string;
  /** Statements that are executed then: tables, rows that are there already. */
  readonly sql?: string;
  /** By their paths below a new folder. An operator that is run in a process of its own stands in that folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Of the operator; a function is given the folder of the files. */
  readonly config?: Readonly<Record<string, Json>> | ((folder: string) => Readonly<Record<string, Json>>);
  readonly partition?: string;
  /** In the order in which they are to run. */
  readonly partitions?: readonly string[];
  /** Does everything in a transaction that is rolled back. */
  readonly dryRun?: boolean;
  /** Records that are committed at a time, so that a few make several chunks; of operators that say what they load. */
  readonly chunkRows?: number;
  /** Kills the process there, which has to be one of its own: the operator is given by its file. */
  readonly killAt?: KillPoint;
  readonly signal?: AbortSignal;
}

/** What a run came to, and what it left in the database. */
export interface TestedRun extends TestContent {
  /** What it failed with; null where it succeeded, and where it was killed. */
  readonly error: PipesException | null;
  /** Whether it got to `killAt`. */
  readonly killed: boolean;
  /** Everything that it reported; empty where it was killed. */
  readonly reported: Recording;
  /** The metadata of its first materialization: counts by outcome among others. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The operator's tables, `schema.table`; none where it was killed. */
  readonly targets: readonly string[];
}

/**
 * Runs an operator on given files and tables against a real PostgreSQL and says what came of it. The operator is what
 * `defineOperator` returned, and runs in this process; or the URL of its file, and runs in one of its own, standing in the
 * folder of the files. A run that fails is returned, not raised. Raises FatalError TEST_KILL, TEST_PROCESS.
 */
export async function testOperator(operator: Operator | URL, options: TestOperatorOptions = {}): Promise<TestedRun> {
  const { databaseUrl, server, files } = options;
  if (options.killAt !== undefined && !(operator instanceof URL)) {
    throw new FatalError("TEST_KILL", "What is killed needs a process of its own", {
      fix: 'Pass the URL of its file: `new URL("../operators/orders.ts", import.meta.url)`',
    });
  }
  await using stack = new AsyncDisposableStack();
  const url = databaseUrl ?? (await createDatabase(server ?? stack.use(await startPostgres())));
  await prepare(url, options);
  const folder = stack.use(await makeFolder(files));
  return await runOn(operator, { ...options, databaseUrl: url, folder: folder.path });
}

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** A new folder with these files. */
export async function makeFolder(files: TestOperatorOptions["files"] = {}): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), "millrace-test-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface RunOnOptions extends TestOperatorOptions {
  readonly databaseUrl: string;
  /** Of the files. */
  readonly folder: string;
}

/** Runs an operator on a database and files that are there. */
export async function runOn(operator: Operator | URL, options: RunOnOptions): Promise<TestedRun> {
  const { databaseUrl, folder, killAt = null, signal } = options;
  const given = { ...performOptions(options, folder), databaseUrl };
  const performed =
    operator instanceof URL
      ? await runInChild({ ...given, operator: operator.href, killAt, cwd: folder, ...(signal && { signal }) })
      : await perform(operator, given);
  return { ...outcome(performed), ...(await readContent(databaseUrl)) };
}

/** A new, empty database. */
export async function createDatabase(server: PostgresServer): Promise<string> {
  return await server.createDatabase(`test_${randomUUID().replaceAll("-", "").slice(0, 16)}`);
}

function performOptions(
  { config = {}, partition, partitions, dryRun = false, chunkRows }: TestOperatorOptions,
  folder: string,
) {
  return {
    partitions: partitions ?? (partition === undefined ? null : [partition]),
    config: typeof config === "function" ? config(folder) : config,
    dryRun,
    chunkRows: chunkRows ?? null,
  };
}

function outcome(performed: Performed | undefined): Omit<TestedRun, keyof TestContent> {
  const reported = performed?.recording ?? new RecordingHost().recording;
  return {
    error: performed?.error ?? null,
    killed: performed === undefined,
    reported,
    metadata: reported.materializations[0]?.metadata ?? {},
    targets: performed?.targets ?? [],
  };
}
