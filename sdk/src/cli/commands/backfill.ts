import { Option, type Command } from "commander";
import { findOperator } from "../../operator/project.ts";
import { partitionStatuses } from "../../state/partition-statuses.ts";
import { UsageError } from "../command-error.ts";
import { parseFields } from "../config-fields.ts";
import { batches } from "../launch/batches.ts";
import type { PartitionOutcome } from "../launch/partition-outcomes.ts";
import type { Progress } from "../launch/progress.ts";
import { watchedRun } from "../launch/watched-run.ts";
import { allWell, outcomesTable, troubles } from "../output/outcomes.ts";
import { atLeastOne } from "./at-least-one.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";
import { withState } from "./with-state.ts";
import { askedKeys, withPartitions, type PartitionOptions } from "./partition-options.ts";

interface BackfillOptions extends CommonOptions, PartitionOptions {
  readonly config?: readonly string[];
  readonly parallel: number;
  readonly onlyFailed?: boolean;
  readonly missing?: boolean;
}

export function backfillCommand(context: CommandContext): Command {
  const command = projectCommand("backfill", {
    description: "run many partitions of an operator, some at a time",
    example: "millrace backfill flights --from 2013-01-01 --to 2013-03-31 --parallel 4 --missing",
  });
  return withPartitions(command.argument("<name>"))
    .option("-c, --config <field=value...>", "the operator's config; JSON, or text")
    .addOption(new Option("--parallel <n>", "how many run at a time").default(2).argParser(atLeastOne))
    .option("--only-failed", "of these, only those whose last run failed or was broken off")
    .option("--missing", "of these, only those that were never finished, or whose last run failed")
    .addHelpText(
      "after",
      "\nBroken off by Ctrl-C or a kill, the same with --missing does what is left; a partition that was under way goes on behind its last commit.",
    )
    .action((name: string, options: BackfillOptions) => backfill(name, options, context));
}

async function backfill(
  name: string,
  options: BackfillOptions,
  { signal, setExitCode }: CommandContext,
): Promise<void> {
  const { project, output } = openProject(options);
  const { operator } = await findOperator(project, name);
  if (operator.partitions === undefined) {
    throw new UsageError("USAGE", `"${name}" has no partitions to backfill`, { fix: `Use millrace run ${name}` });
  }
  const all =
    (options.partition ?? options.from ?? options.to) ? askedKeys(operator, options)! : await failedKeys(name, options);
  const keys = await chosen(name, all, options);
  const outcomes: PartitionOutcome[] = [];
  const underWay = new Map<number, Progress>();
  const began = performance.now();
  const draw = () => {
    const failed = outcomes.filter(({ status }) => status === "failed").length;
    const head = `${name}  ${outcomes.length} of ${keys.length} partitions${failed > 0 ? `, ${failed} failed` : ""}`;
    output.draw(
      [head, ...[...underWay.values()].filter(({ isIdle }) => !isIdle).map((progress) => `  ${progress}`)].join("\n"),
    );
  };
  const waiting = [...batches(keys, options.parallel).entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const [number, partitions] = next;
      await watchedRun({
        name,
        project,
        partitions,
        config: parseFields(options.config ?? []),
        signal,
        output,
        onProgress: (progress) => {
          underWay.set(number, progress);
          draw();
        },
        onOutcome: (outcome) => {
          outcomes.push(outcome);
          const { partition, status, facts, error } = outcome;
          const how = status === "done" ? `${String(facts["read"] ?? 0)} read` : (error?.message ?? "");
          output.say(`${output.style(status === "done" ? "green" : "red", status.padEnd(6))}  ${partition}  ${how}`);
          draw();
        },
      });
      underWay.delete(number);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, worker));
  const inOrder = outcomes.toSorted((a, b) => keys.indexOf(a.partition ?? "") - keys.indexOf(b.partition ?? ""));
  const failed = inOrder.filter(({ status }) => status === "failed");
  const left = keys.filter((key) => !outcomes.some(({ partition }) => partition === key));
  if (!allWell(outcomes) || left.length > 0) setExitCode(1);
  const seconds = (performance.now() - began) / 1000;
  output.result(
    { operator: name, asked: all.length, skipped: all.length - keys.length, left, seconds, partitions: inOrder },
    () =>
      [
        failed.length > 0 ? outcomesTable(failed, output) : "",
        troubles(failed, output),
        `${inOrder.length - failed.length} partitions done, ${failed.length} failed, ${left.length} left, ${all.length - keys.length} skipped in ${seconds.toFixed(1)} s`,
      ]
        .filter(Boolean)
        .join("\n"),
  );
}

/** Without a range, those that failed are known from the ledger, and no others. */
async function failedKeys(name: string, { onlyFailed = false }: BackfillOptions): Promise<readonly string[]> {
  if (onlyFailed) return [...(await withState((db) => partitionStatuses(db, name))).keys()].toSorted();
  throw new UsageError("USAGE", `Nothing says which partitions of "${name}" are to be loaded`, {
    fix: "Give --from and --to, or --partition; --only-failed alone means all whose last run failed",
  });
}

async function chosen(
  name: string,
  keys: readonly string[],
  { onlyFailed = false, missing = false }: BackfillOptions,
): Promise<readonly string[]> {
  if (!onlyFailed && !missing) return keys;
  const statuses = await withState((db) => partitionStatuses(db, name));
  return keys.filter((key) => {
    const status = statuses.get(key);
    return status === undefined ? missing : status !== "finished";
  });
}
