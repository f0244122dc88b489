import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { operatorReference } from "../build/reference.ts";
import { kinds } from "../src/declared/kinds.ts";

test("docs/operators.md has every field of every operator: node operators/build/write-reference.ts", async () => {
  const docs = await readFile(join(import.meta.dirname, "../../docs/operators.md"), "utf8");
  expect(docs.endsWith(operatorReference())).toBe(true);
  for (const kind of kinds.keys())
    expect(docs).toContain(
      `| \`${kind}\` | \`${kind.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())}\` |`,
    );
});

test("every field says what it is", () => {
  expect(
    operatorReference()
      .split("\n")
      .filter((line) => /^\| `\w+` \| [^|]* \|\s*\|$/.test(line)),
  ).toEqual([]);
});
