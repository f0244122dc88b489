import { Command } from "commander";
import { loadOperators } from "../../operator/project.ts";
import { listCheckpoints, resetCheckpoints, type CheckpointRow } from "../../state/checkpoint-rows.ts";
import { UsageError } from "../command-error.ts";
import { confirm } from "../output/confirm.ts";
import type { Output } from "../output/output.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";
import { withState } from "./with-state.ts";

interface ResetOptions extends CommonOptions {
  readonly yes?: boolean;
}

export function checkpointsCommand(context: CommandContext): Command {
  return new Command("checkpoints")
    .description("how far each partition is; look, or make it begin again")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(resetCommand(context));
}

function listCommand(): Command {
  return projectCommand("list", {
    description: "all checkpoints, or those of one operator",
    example: "millrace checkpoints list flights",
  })
    .argument("[operator]")
    .action(async (operator: string | undefined, options: CommonOptions) => {
      const { output } = openProject(options);
      const rows = await withState((db) => listCheckpoints(db, operator === undefined ? {} : { operator }));
      output.result(rows, () => table(rows, output));
    });
}

function showCommand(): Command {
  return projectCommand("show", {
    description: "one checkpoint, whole",
    example: "millrace checkpoints show flights 2013-01-01",
  })
    .argument("<operator>")
    .argument("[partition]", "left out of an operator without partitions", "")
    .action(async (operator: string, partition: string, options: CommonOptions) => {
      const { output } = openProject(options);
      const [row] = await withState((db) => listCheckpoints(db, { operator, partition }));
      if (row === undefined) throw unknown(operator, partition);
      output.result(row, () =>
        Object.entries(row)
          .map(([title, value]) => {
            const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
            return `${output.style("dim", title.padEnd(10))} ${text}`;
          })
          .join("\n"),
      );
    });
}

function resetCommand({ signal, setExitCode }: CommandContext): Command {
  return projectCommand("reset", {
    description: "make partitions begin at the beginning; rows stay as they are",
    example: "millrace checkpoints reset orders 2024-01-01",
  })
    .argument("<operator>")
    .argument("[partition]", "all of them where it is left out")
    .option("--yes", "do not ask")
    .action(async (operator: string, partition: string | undefined, options: ResetOptions) => {
      const { project, output } = openProject(options);
      const choice = { operator, ...(partition !== undefined && { partition }) };
      const rows = await withState((db) => listCheckpoints(db, choice));
      if (rows.length === 0) throw unknown(operator, partition ?? "");
      const doubles = await appends(project, operator);
      const question = `Reset ${rows.length === 1 ? `the checkpoint of ${nameOf(rows[0]!)}` : `${rows.length} checkpoints of ${operator}`}?${
        doubles ? " It is loaded by append: its next run adds all rows again, beside those that are there." : ""
      }`;
      if (!(await confirm(question, { yes: options.yes === true, signal }))) {
        setExitCode(1);
        return;
      }
      const reset = await withState((db) => resetCheckpoints(db, choice));
      output.result({ reset: reset.map((row) => ({ operator: row.operator, partition: row.partition })) }, () =>
        reset.map((row) => `reset  ${nameOf(row)}`).join("\n"),
      );
    });
}

/** Whether the operator, as far as the project has it, adds rows without looking. */
async function appends(project: string, operator: string): Promise<boolean> {
  const found = (await loadOperators(project)).get(operator)?.operator;
  return found?.targets.some(({ load }) => load.strategy === "append") ?? false;
}

function table(rows: readonly CheckpointRow[], output: Output): string {
  return output.table(
    ["operator", "partition", "status", "position", "cursor", "updated"],
    rows.map(({ operator, partition, status, position, cursor, updatedAt }) => [
      operator,
      partition,
      status,
      position,
      cursor === null ? "" : JSON.stringify(cursor).slice(0, 60),
      updatedAt,
    ]),
  );
}

function nameOf({ operator, partition }: Pick<CheckpointRow, "operator" | "partition">): string {
  return partition === "" ? operator : `${operator} ${partition}`;
}

function unknown(operator: string, partition: string): UsageError {
  return new UsageError("CHECKPOINT_UNKNOWN", `There is no checkpoint of ${nameOf({ operator, partition })}`, {
    fix: "See millrace checkpoints list",
  });
}
