import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { buildFolder } from "../build/build-folder.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";

interface BuildOptions extends CommonOptions {
  readonly out?: string;
}

export function buildCommand({ signal }: CommandContext): Command {
  return projectCommand("build", {
    description: "a folder that runs the operators with Node alone, and a Dockerfile for it",
    example: "millrace build --out dist-operators && node dist-operators/main.mjs exec flights --partition 2013-01-01",
  })
    .option(
      "--out <dir>",
      "the folder; what was built there before is replaced (default: dist-operators, in the project)",
    )
    .action(async (options: BuildOptions) => {
      const { project, output } = openProject(options);
      const out = options.out === undefined ? join(project, "dist-operators") : resolve(options.out);
      const { operators, native } = await buildFolder({
        project,
        out,
        signal,
        onOperator: (name) => output.draw(`building ${name}`),
      });
      const packages = Object.entries(native).map(([name, version]) => `${name}@${version}`);
      output.result({ out, operators, native }, () =>
        [
          output.table(
            ["operator", "bundle", "KB"],
            operators.map(({ name, file, bytes }) => [name, file, Math.round(bytes / 1024)]),
          ),
          ...(packages.length > 0
            ? [
                `${output.style("yellow", "to be installed there")}  ${packages.join(", ")}: packages with machine code; the Dockerfile does it`,
              ]
            : []),
          `node ${join(relative(process.cwd(), out), "main.mjs")} exec ${operators[0]?.name ?? "NAME"}`,
        ].join("\n"),
      );
    });
}
