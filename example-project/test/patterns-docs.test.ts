import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../patterns");

test("every TypeScript block of docs/patterns.md stands in a file of the example, which is compiled", async () => {
  const docs = await readFile(join(folder, "../../docs/patterns.md"), "utf8");
  const blocks = [...docs.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)];
  expect(blocks.length).toBe([...docs.matchAll(/```ts/g)].length);
  for (const [, path, code] of blocks) {
    const file = await readFile(join(folder, "../..", path!), "utf8");
    // Parts that are left out are marked.
    for (const part of code!.split(/^\s*\/\/ …\n/m)) expect(file, path).toContain(part.trim());
  }
  const shown = new Set(blocks.map(([, path]) => path));
  for await (const file of glob("operators/*.ts", { cwd: folder }))
    expect(shown).toContain(`example-project/patterns/${file}`);
});
