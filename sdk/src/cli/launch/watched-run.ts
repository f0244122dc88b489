import { randomUUID } from "node:crypto";
import type { Json } from "../../host/host.ts";
import type { Output } from "../output/output.ts";
import { runProcess, type LogLine } from "./operator-process.ts";
import { PartitionOutcomes, type PartitionOutcome } from "./partition-outcomes.ts";
import { Progress } from "./progress.ts";

export interface WatchedRunOptions {
  readonly name: string;
  readonly project: string;
  readonly partitions: readonly string[] | null;
  readonly config: Readonly<Record<string, Json>>;
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Told whenever something has changed that is worth drawing. */
  readonly onProgress?: (progress: Progress) => void;
  readonly onOutcome?: (outcome: PartitionOutcome) => void;
}

/** Runs an operator's partitions in a process of their own, saying on the way what it warns of. */
export async function watchedRun(options: WatchedRunOptions): Promise<readonly PartitionOutcome[]> {
  const {
    name,
    project,
    partitions,
    config,
    dryRun = false,
    fresh = false,
    signal,
    output,
    onProgress = () => {},
    onOutcome,
  } = options;
  const progress = new Progress();
  const outcomes = new PartitionOutcomes(partitions, onOutcome);
  const { error } = await runProcess({
    name,
    project,
    partitions,
    config,
    dryRun,
    fresh,
    signal,
    runId: randomUUID(),
    env: process.env,
    progress: output.live,
    onMessage: (message) => {
      outcomes.hear(message);
      if (progress.hear(message)) onProgress(progress);
    },
    onLog: (line) => {
      if (typeof line === "string") output.say(`${name}  ${line}`);
      else if (line.level === "warn" || line.level === "error") output.say(sentence(name, line));
    },
  });
  outcomes.end(error);
  return outcomes.outcomes;
}

/** What a failed partition failed with is shown at its end. */
const LATER = new Set(["batch_failed", "partition_failed"]);

function sentence(name: string, { level, message, ...fields }: LogLine): string {
  if (LATER.has(message)) return "";
  const said = Object.entries(fields)
    .filter(([key, value]) => !["run", "operator", "partition", "time"].includes(key) && value !== null)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const partition = fields["partition"];
  return [name, typeof partition === "string" ? partition : "", level, message, ...said].filter(Boolean).join("  ");
}
