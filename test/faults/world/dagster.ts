import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Execution, LaunchOptions } from "./launch.ts";
import { PROJECT } from "./launch.ts";

const DEFINITIONS = `import dagster as dg
from millrace.dagster import millrace_assets

defs = dg.Definitions(assets=millrace_assets(${JSON.stringify(PROJECT)}))
`;

/** Dagster, which runs an operator in a step process of its own, below a run worker. */
export interface Dagster {
  launch(options: LaunchOptions): Execution;
}

/** Makes Dagster ready to be used, with its state in a folder. */
export async function openDagster(folder: string): Promise<Dagster> {
  const { bin } = await ensurePython();
  await mkdir(folder);
  const definitions = join(folder, "definitions.py");
  await writeFile(definitions, DEFINITIONS);
  await writeFile(join(folder, "dagster.yaml"), "telemetry:\n  enabled: false\n");
  const env = {
    DAGSTER_HOME: folder,
    MILLRACE_NODE: process.execPath,
    PATH: [dirname(bin("dagster")), process.env["PATH"]].join(delimiter),
    PYTHONWARNINGS: "ignore",
  };
  return {
    launch({ operator, partitions, file, databaseUrl, runId }) {
      const [from, to] = [partitions[0], partitions.at(-1)];
      const chosen =
        from === undefined ? [] : from === to ? ["--partition", from] : ["--partition-range", `${from}...${to}`];
      const config = JSON.stringify({ ops: { [operator]: { config: { file } } } });
      const worker = execa(
        bin("dagster"),
        ["asset", "materialize", "-f", definitions, "--select", operator, ...chosen, "--config-json", config],
        { env: { ...env, DATABASE_URL: databaseUrl }, stdin: "ignore", all: true, reject: false },
      );
      // All that were seen below the worker: none of them may be left when the load counts as ended.
      const below = new Set<number>();
      const processes = async () => {
        const found = await family(worker.pid!);
        for (const { pid } of found) below.add(pid);
        return found;
      };
      const ended = worker.then(async ({ exitCode, all }) => {
        for (const pid of below) while (await isAlive(pid)) await delay(50);
        return { ok: exitCode === 0, error: exitCode === 0 ? "" : all, failures: new Map(), signal: null, log: all };
      });
      return {
        runId,
        began: ended.then(() => undefined),
        ended,
        send: (signal) => void worker.kill(signal),
        leave: () => {},
        async killScheduler(which) {
          const found = await processes();
          const load = found.find(({ command }) => command.includes(" exec "));
          const step = found.find(({ pid }) => pid === load?.parent);
          if (step === undefined) throw new Error(`Dagster runs no step of its own: ${JSON.stringify(found)}`);
          process.kill(which === "step" ? step.pid : worker.pid!, "SIGKILL");
        },
      };
    },
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes below one, without itself. */
async function family(pid: number): Promise<Process[]> {
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,args="]);
  const all = stdout.split("\n").map((line): Process => {
    const [, own, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(own), parent: Number(parent), command };
  });
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat !== null && !/\) [ZX]/.test(stat);
}
