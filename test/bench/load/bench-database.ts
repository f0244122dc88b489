import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { bundleWorker } from "../measure/bundle-worker.ts";
import { NODE_OPTIONS } from "../measure/node-options.ts";
import type { OperatorName } from "./operators.ts";

export interface Run {
  readonly ms: number;
  /** The client's, where it is ours. */
  readonly cpuMs?: number;
  readonly peakMb?: number;
}

/** A database, a folder for files, and operators in a process of their own. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  readonly folder: string;
  worker(operator: OperatorName, file: string, partition?: string): Promise<Run>;
}

export async function openBenchDatabase(): Promise<BenchDatabase> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const server = stack.use(await startPostgres({ settings: { max_wal_size: "4GB" } }));
  const url = await server.createDatabase("bench");
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end());
  const workerFile = await bundleWorker(join(import.meta.dirname, "worker.ts"), folder);
  const kept = stack.move();
  return {
    url,
    sql,
    folder,
    async worker(operator, file, partition) {
      const args = [...NODE_OPTIONS, workerFile, operator, file, ...(partition === undefined ? [] : [partition])];
      const { stdout } = await execa(process.execPath, args, { env: { DATABASE_URL: url } });
      return JSON.parse(stdout) as Run;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
