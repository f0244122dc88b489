import type { Command } from "commander";
import { findOperator } from "../../operator/project.ts";
import { describeOperator } from "../../operator/manifest.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";
import { describePartitions } from "./describe-partitions.ts";

export function showCommand(): Command {
  return projectCommand("show", {
    description: "all that a scheduler would know of one operator",
    example: "millrace show flights",
  })
    .argument("<name>")
    .action(async (name: string, options: CommonOptions) => {
      const { project, output } = openProject(options);
      const described = await describeOperator(project, await findOperator(project, name));
      const { target, load, configSchema, checks, partitions } = described;
      const fields = (configSchema as { properties?: Record<string, FieldSchema> }).properties ?? {};
      const facts: [string, string][] = [
        ["file", described.file],
        ["description", described.description ?? ""],
        ["group", described.group ?? ""],
        ["partitions", describePartitions(partitions)],
        ["depends on", described.dependsOn.join(", ")],
        ["load", target === null ? "" : `${load?.strategy} into ${target.table}`],
        ["config", Object.entries(fields).map(describeField).join("\n")],
        ["columns", (target?.columns ?? []).map(describeColumn).join("\n")],
        ["checks", checks.map((check) => `${check.name}${check.blocking ? "" : " (warns)"}`).join("\n")],
        ["code version", described.codeVersion],
      ];
      output.result(described, () =>
        facts
          .filter(([, text]) => text !== "")
          .map(
            ([title, text]) =>
              `${output.style("dim", title.padEnd(13))} ${text.replaceAll("\n", `\n${" ".repeat(14)}`)}`,
          )
          .join("\n"),
      );
    });
}

interface FieldSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
}

function describeField([name, { type, default: value, description }]: [string, FieldSchema]): string {
  const given = value === undefined ? "required" : `default ${JSON.stringify(value)}`;
  return `${name}: ${type ?? "any"}, ${given}${description === undefined ? "" : `. ${description}`}`;
}

function describeColumn({ name, type, nullable }: { name: string; type: string; nullable: boolean }): string {
  return `${name} ${type}${nullable ? "" : " NOT NULL"}`;
}
