import type { Command } from "commander";
import { MillraceError } from "../../errors/millrace-error.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import { migrationOf } from "../../load/postgres/preflight/migration.ts";
import { preflight } from "../../load/postgres/preflight/preflight.ts";
import { tableName } from "../../load/postgres/target-columns.ts";
import { loadOperators } from "../../operator/project.ts";
import type { Target } from "../../operator/target.ts";
import { openState } from "../../state/open-state.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";

interface Drift {
  readonly operator: string;
  readonly table: string;
  readonly problems: readonly string[];
  /** Never run by this command. */
  readonly migration: readonly string[];
}

export function planCommand({ setExitCode }: CommandContext): Command {
  return projectCommand("plan", {
    description: "where the database is not what the drizzle tables say, and the migration that would mend it",
    example: "millrace plan",
  })
    .addHelpText("after", "\nNothing is changed. Exit code 1 where there is a difference.")
    .action(async (options: CommonOptions) => {
      const { project, output } = openProject(options);
      const drifts = await findDrifts(project);
      if (drifts.length > 0) setExitCode(1);
      output.result(drifts, () =>
        drifts.length === 0
          ? "The database is what the tables say."
          : drifts
              .map(({ operator, table, problems, migration }) =>
                [
                  `${output.style("bold", table)}  (${operator})`,
                  ...problems.map((problem) => `  ${output.style("yellow", problem)}`),
                  ...migration.map((statement) => `  ${statement.replaceAll("\n", "\n  ")}`),
                ].join("\n"),
              )
              .join("\n\n"),
      );
    });
}

async function findDrifts(project: string): Promise<Drift[]> {
  const operators = [...(await loadOperators(project)).values()].map(({ operator }) => operator);
  const url = databaseUrl(process.env);
  try {
    await using state = await openState(url);
    const drifts: Drift[] = [];
    for (const { name: operator, targets } of operators) {
      for (const target of targets) {
        const { table, load } = target;
        const problems = await state.ask((client) => problemsOf(client, target));
        if (problems.length === 0) continue;
        const migration = await state.ask((client) => migrationOf(client, table, load));
        drifts.push({ operator, table: tableName(table), problems, migration });
      }
    }
    return drifts;
  } catch (error) {
    throw databaseError(error, url);
  }
}

async function problemsOf(client: Parameters<typeof preflight>[0], target: Target): Promise<readonly string[]> {
  try {
    await preflight(client, [target]);
    return [];
  } catch (error) {
    if (error instanceof MillraceError && error.code === "PREFLIGHT")
      return error.details["problems"] as readonly string[];
    throw error;
  }
}
