import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadOperators } from "../../src/operator/project.ts";
import { placeOf, readBlocks, type CodeBlock } from "./code-blocks.ts";

const root = join(import.meta.dirname, "../../..");
/** Below a project that has the packages. */
const to = join(root, "example-project/node_modules/.cache/docs-data");
const blocks = await readBlocks(root);
const shown = (language: string) => blocks.filter((block) => block.language === language && block.unchecked === null);

test("what the documentation shows in JSON is that", () => {
  expect(shown("json").length).toBeGreaterThan(0);
  for (const block of shown("json")) expect(() => JSON.parse(block.code) as unknown, placeOf(block)).not.toThrow();
});

// Components and dagster.yaml are held to Dagster's schemas by orchestrator-config/tests/test_docs.py.
test("the operators.yaml that it shows declare operators", async () => {
  const declared = shown("yaml").filter(({ code }) => /^operators:/m.test(code) && !/^type:/m.test(code));
  expect(declared.length).toBeGreaterThan(0);
  for (const block of declared) expect(await namesOf(block), placeOf(block)).not.toEqual([]);
});

async function namesOf({ code }: CodeBlock): Promise<readonly string[]> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await writeFile(join(to, "package.json"), '{ "type": "module" }');
  await writeFile(join(to, "operators.yaml"), code);
  return [...(await loadOperators(to)).keys()];
}

test("a language that nobody looks at has a reason beside it", () => {
  const looked = ["ts", "typescript", "sh", "bash", "python", "yaml", "json", "sql", ""];
  expect(blocks.filter(({ language }) => !looked.includes(language)).map(placeOf)).toEqual([]);
  for (const { unchecked, ...block } of blocks.filter((one) => one.unchecked !== null))
    expect(unchecked!.length, placeOf(block as CodeBlock)).toBeGreaterThan(15);
});
