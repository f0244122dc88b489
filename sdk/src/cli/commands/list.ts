import type { Command } from "commander";
import { tableName } from "../../load/postgres/target-columns.ts";
import { loadOperators } from "../../operator/project.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";
import { describePartitions } from "./describe-partitions.ts";

export function listCommand(): Command {
  return projectCommand("list", {
    description: "the project's operators",
    example: "millrace list",
  }).action(async (options: CommonOptions) => {
    const { project, output } = openProject(options);
    const operators = [...(await loadOperators(project)).values()].map(({ operator, file }) => ({
      name: operator.name,
      partitions: operator.partitions ?? null,
      strategy: operator.targets[0]?.load.strategy ?? null,
      tables: operator.targets.map(({ table }) => tableName(table)),
      dependsOn: operator.dependsOn,
      file,
      description: operator.description,
    }));
    output.result(operators, () =>
      output.table(
        ["name", "partitions", "load", "table", "depends on", "file"],
        operators.map(({ name, partitions, strategy, tables, dependsOn, file }) => [
          name,
          describePartitions(partitions),
          strategy ?? "",
          tables.join(", "),
          dependsOn.join(", "),
          file,
        ]),
      ),
    );
  });
}
