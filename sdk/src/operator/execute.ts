import { FatalError } from "../errors/millrace-error.ts";
import { redactError } from "../errors/redact.ts";
import { hasSeveral } from "../host/launch.ts";
import type { AssetKey, Host } from "../host/host.ts";
import { databaseError } from "../load/postgres/database-error.ts";
import { databaseUrl } from "../load/postgres/database-url.ts";
import { KeptConnections } from "../load/postgres/kept-connections.ts";
import { longestSilenceMs, timeoutSettings } from "../load/postgres/timeouts.ts";
import { preflight } from "../load/postgres/preflight/preflight.ts";
import type { Logger } from "../logging/logger.ts";
import { attemptId } from "../state/attempt-id.ts";
import { openState, type State } from "../state/open-state.ts";
import type { StateAhead } from "../state/state-client.ts";
import { parseConfig } from "./config.ts";
import type { Operator } from "./operator.ts";
import { connectFor } from "./connect-for.ts";
import { openDryRun } from "./dry-run/dry-run.ts";
import type { PartitionResult, PartitionRun } from "./partition-run.ts";
import type { Partition } from "./partitions/partitions.ts";
import { selectPartitions } from "./partitions/select.ts";
import { partitionMetadata, rejectsMetadata, totalsMetadata } from "./report.ts";
import { openReasons } from "./reject-reasons.ts";
import { runChecks } from "./run-checks.ts";
import { runPartition } from "./run-partition.ts";
import { steady } from "./steady.ts";
import { atATime } from "./at-a-time.ts";

/** A check may have to read a whole table. */
const CHECK_MS = 3_600_000;

export interface ExecuteOptions {
  readonly operator: Operator;
  readonly host: Host;
  readonly log: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** A connection to the database that is under way already. */
  readonly ahead?: StateAhead | undefined;
}

/**
 * Runs an operator for all partitions that its launch asks for and reports each through the host.
 * One that fails does not stop the others; in the end PARTITIONS_FAILED is raised, or the error itself where there is but one.
 */
export async function execute(options: ExecuteOptions): Promise<void> {
  try {
    await executePartitions(options);
  } catch (error) {
    throw redactError(error);
  }
}

async function executePartitions({ operator, host, log, env, ahead }: ExecuteOptions): Promise<void> {
  const { launch, signal } = host;
  const config = parseConfig(operator, launch.config);
  const partitions = selectPartitions(operator, launch.partitions);
  const url = databaseUrl(env);
  await using state = await steady(() => openChecked(url, operator, ahead), { signal });
  await using connections = new KeptConnections({ keeps: partitions.length > 1 });

  const assetKey = launch.assetKeys[0] ?? [operator.name];
  const results: PartitionResult[] = [];
  const failed: { readonly partition: string; readonly error: unknown }[] = [];
  const runPartitionOf = async (partition: Partition | null) => {
    signal.throwIfAborted();
    const key = partition?.key ?? null;
    const bound = log.with({ run: launch.runId, operator: operator.name, partition: key });
    try {
      const run = {
        operator,
        partition,
        attemptId: attemptId(),
        config,
        host,
        log: bound,
        databaseUrl: url,
        state: state.db,
        connections,
      };
      results.push(await (launch.extras["dry_run"] === true ? runDry(run, assetKey) : runAndReport(run, assetKey)));
    } catch (error) {
      signal.throwIfAborted();
      if (key === null || partitions.length === 1) throw error;
      bound.error("partition_failed", { error });
      host.reportPartitionFailure({ assetKey, partition: key, error: redactError(error) });
      failed.push({ partition: key, error });
    }
  };
  await atATime(partitions, parallelOf(operator, launch.extras["parallel"]), runPartitionOf);
  const order = partitions.map((partition) => partition?.key ?? "");
  failed.sort((one, other) => order.indexOf(one.partition) - order.indexOf(other.partition));
  if (failed.length > 0) {
    throw new FatalError(
      "PARTITIONS_FAILED",
      `${failed.length} of ${partitions.length} partitions of "${operator.name}" failed: ${failed.map(({ partition }) => partition).join(", ")}`,
      {
        fix: "Look at each one's error; the others are loaded",
        details: { failed: failed.map(({ partition }) => partition) },
        cause: failed[0]?.error,
      },
    );
  }
  if (partitions.length > 1)
    host.reportMaterialization({ assetKey, partition: null, metadata: totalsMetadata(operator, results) });
}

function parallelOf(operator: Operator, asked: unknown): number {
  return typeof asked === "number" && Number.isInteger(asked) && asked >= 1 ? asked : operator.parallel;
}

async function openChecked(url: string, { timeouts, targets }: Operator, ahead?: StateAhead): Promise<State> {
  try {
    return await openState(url, {
      settings: timeoutSettings(timeouts),
      silenceMs: longestSilenceMs(timeouts),
      ahead,
      questions: (client) => preflight(client, targets),
    });
  } catch (error) {
    throw databaseError(error, url);
  }
}

/** Does all of it in one transaction, reports what came of it, and rolls it back. */
async function runDry(run: PartitionRun, assetKey: AssetKey): Promise<PartitionResult> {
  await using dryRun = await openDryRun(run.operator, () => connectFor(run));
  return await runAndReport({ ...run, dryRun, state: dryRun.state }, assetKey);
}

async function runAndReport(run: PartitionRun, assetKey: AssetKey): Promise<PartitionResult> {
  const { operator, host, state, partition } = run;
  const result = await runPartition(run);
  const { counts, dataVersion } = result;
  const key = partition?.key ?? null;
  const { signal } = host;
  const asked = () => openReasons(state, operator.name, key ?? "");
  const reasons = counts.rejected === 0 ? [] : (result.reasons ?? (await steady(asked, { signal })));
  const rejects = rejectsMetadata(operator, key ?? "", reasons);
  host.reportMaterialization({
    assetKey,
    partition: key,
    metadata: { ...partitionMetadata(operator, result, rejects), ...(await run.dryRun?.samples()) },
    ...(dataVersion !== null && { dataVersion }),
  });
  const checked = await steady(() => runChecks(state, operator, partition), { signal, deadlineMs: CHECK_MS });
  for (const check of checked) host.reportCheck({ assetKey, partition: key, ...check });
  logResult(run, result);
  return result;
}

/** A message is as dear to a launcher as the report before it: one that has a log of those need not take it. */
function logResult({ operator, host, partition }: PartitionRun, { counts }: PartitionResult): void {
  const { read, inserted, updated, unchanged, rejected, removed, repaired } = counts;
  const isClean = rejected + repaired === 0;
  if (isClean && host.launch.extras["log_partitions"] === false && hasSeveral(host.launch)) return;
  host.log(
    isClean ? "info" : "warning",
    `${operator.name}${partition === null ? "" : ` ${partition.key}`}: read=${read} inserted=${inserted} updated=${updated} unchanged=${unchanged} removed=${removed} rejected=${rejected}${repaired > 0 ? ` repaired=${repaired}` : ""}`,
  );
}
