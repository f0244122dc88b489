import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { placeOf, readBlocks, type CodeBlock } from "./code-blocks.ts";
import { writeTypescript } from "./typescript-files.ts";

const root = join(import.meta.dirname, "../../..");
/** Below a project that has the packages, so that what the blocks import is found. */
const to = join(root, "example-project/node_modules/.cache/docs");

const blocks = (await readBlocks(root)).filter(({ unchecked }) => unchecked === null);
/** A block that names a file in its first line is a part of that. */
const named = (block: CodeBlock) => /^(?:\/\/|#) (\S+\/\S+\.(?:ts|yaml))\n/.exec(block.code)?.[1];

test("what the documentation shows of a file stands there", async () => {
  const parts = blocks.filter((block) => named(block) !== undefined);
  expect(parts.length).toBeGreaterThan(5);
  for (const block of parts) {
    const file = await readFile(join(root, named(block)!), "utf8");
    // Parts that are left out are marked.
    for (const part of block.code.replace(/^.*\n/, "").split(/^\s*\/\/ …\n/m))
      expect(file, placeOf(block)).toContain(part.trim());
  }
});

test("what else it shows in TypeScript compiles, with the packages as they are", async () => {
  const shown = blocks.filter((block) => ["ts", "typescript"].includes(block.language) && named(block) === undefined);
  expect(shown.length).toBeGreaterThan(12);
  const files = await writeTypescript(shown, { root, to });
  const compilerOptions = {
    composite: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    moduleDetection: "force",
  };
  // Which the SDK's sources need.
  const raw = join(root, "sdk/src/host/pipes/raw-json.d.ts");
  const tsconfig = join(to, "tsconfig.json");
  await writeFile(
    tsconfig,
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, files: [...files, raw] }),
  );
  const compile = { preferLocal: true, localDir: root, cwd: to, all: true, reject: false } as const;
  expect((await execa("tsc", ["-p", tsconfig], compile)).all).toBe("");
});
