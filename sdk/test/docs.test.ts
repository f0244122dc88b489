import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const docs = join(import.meta.dirname, "../../docs");
/** Below the package, so that what the blocks import is found. */
const folder = join(import.meta.dirname, "../node_modules/.cache/docs");
const CHECKED = ["testing.md"];

test("what the documentation shows in TypeScript compiles", async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const page of CHECKED) {
    const text = await readFile(join(docs, page), "utf8");
    for (const { 1: block, index } of text.matchAll(/^```ts\n([^]*?)^```$/gm)) {
      const line = text.slice(0, index).split("\n").length;
      const file = join(folder, `${page}-${line}.ts`);
      // At the lines where they are in the page.
      await writeFile(file, "\n".repeat(line) + block!);
      files.push(file);
    }
  }
  expect(files.length).toBeGreaterThan(2);
  const tsconfig = join(folder, "tsconfig.json");
  const base = join(import.meta.dirname, "../../tsconfig.base.json");
  const compilerOptions = { composite: false, noEmit: true, allowImportingTsExtensions: true, types: ["node"] };
  // Which the SDK's sources need.
  files.push(join(import.meta.dirname, "../src/host/pipes/raw-json.d.ts"));
  await writeFile(tsconfig, JSON.stringify({ extends: base, compilerOptions, files }));
  const { all } = await execa("tsc", ["-p", tsconfig], {
    preferLocal: true,
    localDir: import.meta.dirname,
    all: true,
    reject: false,
  });
  expect(all).toBe("");
});
