import { join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";
import { python } from "./python.ts";

/** What dlt reads: Arrow tables that go on as Parquet by ADBC, which is its fastest way, or rows that go its usual way. */
export type DltPath = "arrow" | "normal";
/** How it writes. */
export type DltHint = "append" | "merge" | "upsert" | "refresh" | "day" | "changes";

export interface DltRun {
  readonly case: string;
  readonly path: DltPath;
  readonly hint: DltHint;
}

/** dlt keeps its tables in a schema of its own for each pipeline. */
export function dltTable({ case: name, path, hint }: DltRun, table = "orders"): string {
  return `dlt_${name}_${path}_${hint}.${table}`;
}

/** Where it keeps what it knows; and that it tells nobody. */
export function dltEnvironment({ folder }: Bench): Readonly<Record<string, string>> {
  return {
    DLT_PIPELINES: join(folder, "dlt"),
    DLT_DATA_DIR: join(folder, "home"),
    RUNTIME__DLTHUB_TELEMETRY: "false",
  };
}

export function dlt(bench: Bench, run: DltRun, file: string, env: Readonly<Record<string, string>> = {}): Program {
  return python(bench, "dlt_peer.py", [run.case, file, run.path, run.hint], { ...dltEnvironment(bench), ...env });
}
