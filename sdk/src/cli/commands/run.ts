import { Option, type Command } from "commander";
import { findOperator } from "../../operator/project.ts";
import { UsageError } from "../command-error.ts";
import { parseFields } from "../config-fields.ts";
import { watchedRun } from "../launch/watched-run.ts";
import { dryRunSamples } from "../output/dry-run-samples.ts";
import { allWell, outcomesTable, troubles } from "../output/outcomes.ts";
import { atLeastOne } from "./at-least-one.ts";
import { openProject, projectCommand, type CommandContext } from "./command-context.ts";
import { askedKeys, withPartitions } from "./partition-options.ts";
import type { RunOptions } from "./run-options.ts";
import { runSeveral } from "./run-several.ts";

export function runCommand(context: CommandContext): Command {
  const command = projectCommand("run", {
    description: "run one operator here, or several in the order of their dependencies",
    example: "millrace run flights --partition 2013-01-01 --config dataDir=data",
  });
  return withPartitions(command.argument("[name]"))
    .option("-c, --config <field=value...>", "the operator's config; JSON, or text")
    .option("--dry-run", "do it in a transaction that is rolled back, and show what would be written")
    .option("--fresh", "begin at the beginning, whatever an earlier run has committed")
    .option("--all", "all of the project's operators")
    .option("--select <names>", "some of them: a,b; a+ with all that depends on it, +a with all that it depends on")
    .addOption(new Option("--parallel <n>", "how many run at a time").default(2).argParser(atLeastOne))
    .action(async (name: string | undefined, options: RunOptions) => {
      const several = options.all === true || options.select !== undefined;
      if ((name === undefined) !== several) {
        throw new UsageError("USAGE", "Either one operator's name, --all or --select says what is to be run", {
          fix: "See millrace run --help",
        });
      }
      if (name === undefined) await runSeveral(options, context);
      else await runOne(name, options, context);
    });
}

async function runOne(name: string, options: RunOptions, { signal, setExitCode }: CommandContext): Promise<void> {
  const { project, output } = openProject(options);
  const { operator } = await findOperator(project, name);
  const partitions = askedKeys(operator, options);
  const several = partitions !== null && partitions.length > 1;
  let done = 0;
  output.draw(`${name}  starting`);
  const outcomes = await watchedRun({
    name,
    project,
    partitions,
    config: parseFields(options.config ?? []),
    dryRun: options.dryRun === true,
    fresh: options.fresh === true,
    signal,
    output,
    onProgress: (progress) =>
      output.draw(`${name}  ${several ? `${done} of ${partitions.length} partitions · ` : ""}${progress}`),
    onOutcome: () => (done += 1),
  });
  if (!allWell(outcomes)) setExitCode(1);
  output.result({ operator: name, partitions: outcomes }, () =>
    [
      outcomesTable(outcomes, output),
      ...(options.dryRun ? [dryRunSamples(outcomes, output)] : []),
      troubles(outcomes, output),
    ]
      .filter(Boolean)
      .join("\n"),
  );
}
