import { join } from "node:path";
import { expect, test } from "vitest";
import { placeOf, readBlocks, readPages } from "./code-blocks.ts";
import { commandProblem } from "./known-commands.ts";
import { shellCommands } from "./shell-lines.ts";

const root = join(import.meta.dirname, "../../..");
/** Held to the tools' own options by orchestrator-config/tests/test_docs.py. */
const OF_PYTHON = ["dg", "dagster", "celery", "../../.venv-airflow/bin/python"];

test("the commands that the documentation shows are there, with their options", async () => {
  const blocks = (await readBlocks(root)).filter(
    ({ language, unchecked }) => ["sh", "bash"].includes(language) && unchecked === null,
  );
  const shown = blocks.flatMap((block) => shellCommands(block.code).map((words) => ({ words, place: placeOf(block) })));
  expect(shown.length).toBeGreaterThan(40);
  const problems = shown.flatMap(({ words, place }) => {
    const problem = commandProblem(words);
    if (problem === undefined && OF_PYTHON.includes(words[0]!)) return [];
    return problem === null ? [] : [`${place} ${words.join(" ")}: ${problem ?? "nobody knows this program"}`];
  });
  expect(problems).toEqual([]);
});

test("so are those within its text", async () => {
  const shown = (await readPages(root)).flatMap(({ page, text }) =>
    Array.from(text.matchAll(/(?<!`)`((?:npx )?millrace [a-z][^`\n]*)`(?!`)/g), ([, command]) => ({
      page,
      command: command!,
    })),
  );
  expect(shown.length).toBeGreaterThan(20);
  const problems = shown.flatMap(({ page, command }) =>
    shellCommands(command).flatMap((words) => {
      // A command that is only named takes no arguments.
      const isName = words.every((word) => /^[a-z]+$/.test(word));
      const problem = commandProblem(isName ? [...words, "--help"] : words);
      return problem === null ? [] : [`${page} ${command}: ${problem}`];
    }),
  );
  expect(problems).toEqual([]);
});

test.for([
  ["millrace run flights --partition 2013-01-01", null],
  ["npx -y pnpm@12 exec millrace failures list --all # those", expect.stringContaining("--all")],
  ["A=1 millrace runn", expect.stringContaining("runn")],
  ["millrace backfill", expect.stringContaining("arguments")],
  ["pnpm no-such", expect.stringContaining("no-such")],
  ["make all", undefined],
] as const)("%s", ([command, problem]) => {
  expect(shellCommands(command).map(commandProblem)).toEqual([problem]);
});
