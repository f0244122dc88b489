import { encodeParam } from "@millrace/sdk/pipes";
import { execa } from "execa";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NODE_OPTIONS } from "../../measure/node-options.ts";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";

const MAIN = join(import.meta.dirname, "../../../../sdk/src/cli/main.mjs");
const PROJECT = join(import.meta.dirname, "../project");

export interface MillraceRun {
  readonly operator: string;
  readonly config: Readonly<Record<string, string>>;
  readonly partition?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const built = new Map<string, Promise<string>>();

/** An operator as Dagster's own client for subprocesses starts it, from a folder of `millrace build`. */
export async function millrace({ folder, url }: Bench, run: MillraceRun): Promise<Program> {
  const building = built.get(folder) ?? build(join(folder, "built"));
  built.set(folder, building);
  const out = await building;
  const context = join(folder, "context.json");
  await writeFile(context, JSON.stringify(contextOf(run)));
  return {
    command: process.execPath,
    args: [...NODE_OPTIONS, join(out, "main.mjs"), "exec", run.operator, "--project", out],
    env: {
      DATABASE_URL: url,
      DAGSTER_PIPES_CONTEXT: encodeParam({ path: context }),
      DAGSTER_PIPES_MESSAGES: encodeParam({ path: join(folder, "messages.jsonl") }),
      ...run.env,
    },
  };
}

async function build(out: string): Promise<string> {
  await execa(process.execPath, [MAIN, "build", "--project", PROJECT, "--out", out]);
  await execa(process.execPath, [join(out, "main.mjs"), "compile"]);
  return out;
}

function contextOf({
  operator,
  config,
  partition = null,
}: Omit<MillraceRun, "partition"> & { partition?: string | null }): object {
  return {
    asset_keys: [operator],
    code_version_by_asset_key: { [operator]: null },
    provenance_by_asset_key: { [operator]: null },
    partition_key: partition,
    partition_key_range: partition === null ? null : { start: partition, end: partition },
    partition_time_window: null,
    run_id: randomUUID(),
    job_name: "bench",
    retry_number: 0,
    extras: { config },
  };
}
