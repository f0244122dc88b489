import { Command, Option } from "commander";
import { findRuns, lettersOfRun, listRuns, type RunRow } from "../../state/run-rows.ts";
import { UsageError } from "../command-error.ts";
import { atLeastOne } from "./at-least-one.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";
import { withState } from "./with-state.ts";

interface ListOptions extends CommonOptions {
  readonly partition?: string;
  readonly status?: RunRow["status"];
  readonly limit: number;
}

export function runsCommand(): Command {
  return new Command("runs")
    .description("what has been run, from the ledger in the target database")
    .addCommand(listCommand())
    .addCommand(showCommand());
}

function listCommand(): Command {
  return projectCommand("list", {
    description: "the last runs, newest first",
    example: "millrace runs list flights --status failed",
  })
    .argument("[operator]")
    .option("--partition <key>", "only of this partition")
    .addOption(new Option("--status <status>", "only these").choices(["running", "finished", "failed"]))
    .addOption(new Option("--limit <n>", "how many at most").default(20).argParser(atLeastOne))
    .action(async (operator: string | undefined, options: ListOptions) => {
      const { output } = openProject(options);
      const { partition, status, limit } = options;
      const choice = {
        limit,
        ...(operator !== undefined && { operator }),
        ...(partition !== undefined && { partition }),
        ...(status !== undefined && { status }),
      };
      const rows = await withState((db) => listRuns(db, choice));
      output.result(rows, () =>
        output.table(
          ["run", "operator", "partition", "status", "read", "rejected", "started", "seconds", "error"],
          rows.map((row) => [
            row.id.slice(0, 8),
            row.operator,
            row.partition,
            output.style(row.status === "failed" ? "red" : row.status === "finished" ? "green" : "cyan", row.status),
            row.counts.read ?? 0,
            row.counts.rejected ?? 0,
            row.startedAt.slice(0, 19),
            seconds(row),
            (row.error ?? "").split("\n")[0]!.slice(0, 80),
          ]),
        ),
      );
    });
}

function showCommand(): Command {
  return projectCommand("show", { description: "one run, whole", example: "millrace runs show 3f2a91c0" })
    .argument("<id>", "the beginning of its id")
    .action(async (id: string, options: CommonOptions) => {
      const { output } = openProject(options);
      const [run, letters] = await withState(async (db) => {
        const [first, second] = await findRuns(db, id);
        if (first === undefined)
          throw new UsageError("RUN_UNKNOWN", `There is no run "${id}"`, { fix: "See millrace runs list" });
        if (second !== undefined)
          throw new UsageError("RUN_UNKNOWN", `Several runs begin with "${id}"`, { fix: "Give more of its id" });
        return [first, await lettersOfRun(db, first.id)] as const;
      });
      output.result({ ...run, deadLetters: letters }, () =>
        [
          ["run", run.id],
          ["scheduler's", `${run.schedulerRunId}${run.retryNumber > 0 ? `, retry ${run.retryNumber}` : ""}`],
          ["operator", `${run.operator} ${run.partition}`],
          ["status", run.status],
          ["started", run.startedAt],
          ["seconds", seconds(run)],
          ["commits", String(run.commits)],
          [
            "counts",
            Object.entries(run.counts)
              .filter(([, n]) => n > 0)
              .map(([name, n]) => `${n} ${name}`)
              .join(", "),
          ],
          ["source", run.report?.source ?? ""],
          ["dead letters", letters.map(({ status, code, records }) => `${records} ${code} (${status})`).join(", ")],
          ["error", run.error ?? ""],
        ]
          .filter(([, text]) => text !== "")
          .map(([title, text]) => `${output.style("dim", title!.padEnd(13))} ${text}`)
          .join("\n"),
      );
    });
}

function seconds({ startedAt, endedAt }: RunRow): string {
  return endedAt === null ? "" : ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(2);
}
