import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { loadOperators } from "../../operator/project.ts";
import { UsageError } from "../command-error.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";
import { dataFile, operatorFile, tableCode, testFile } from "./operator-template.ts";

export function addCommand(): Command {
  return new Command("add").description("more of what a project has").addCommand(addOperatorCommand());
}

function addOperatorCommand(): Command {
  return projectCommand("operator", {
    description: "an operator with its table, migration, data and test, to be changed into what is wanted",
    example: "millrace add operator customers",
  })
    .argument("<name>", "letters, digits and _")
    .action(async (name: string, options: CommonOptions) => {
      const { project, output } = openProject(options);
      if (!/^[a-z]\w*$/.test(name)) {
        throw new UsageError("USAGE", `"${name}" is no name for an operator and its table`, {
          fix: "Use small letters, digits and _, beginning with a letter",
        });
      }
      if ((await loadOperators(project)).has(name)) {
        throw new UsageError("OPERATOR_DOUBLED", `There is an operator "${name}" already`, {
          fix: "Choose another name",
        });
      }
      const tables = join(project, "tables.ts");
      const code = await readFile(tables, "utf8").catch(() => "");
      const added: string[] = [];
      for (const [path, text] of Object.entries({
        [`operators/${name.replaceAll("_", "-")}.ts`]: operatorFile(name),
        [`data/${name}.csv`]: dataFile(),
        [`test/${name.replaceAll("_", "-")}.test.ts`]: testFile(name),
      })) {
        const file = join(project, path);
        if (await exists(file))
          throw new UsageError("USAGE", `${path} is there already`, { fix: "Choose another name" });
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
        added.push(path);
      }
      await writeFile(tables, tableCode(code, name));
      added.push("tables.ts");
      const migration = await execa("drizzle-kit", ["generate", "--name", name], {
        cwd: project,
        preferLocal: true,
        reject: false,
        all: true,
      });
      output.result({ added, migration: !migration.failed }, () =>
        [
          ...added.map((path) => `added  ${path}`),
          migration.failed
            ? "The migration is still to be made: npm run generate"
            : "added  drizzle/: its migration, which `millrace dev` applies",
        ].join("\n"),
      );
    });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
