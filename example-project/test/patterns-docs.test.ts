import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../patterns");

// That what is shown of them stands there is tested with all code of the documentation: sdk/test/docs.
test("docs/patterns.md shows every operator of the example's patterns", async () => {
  const docs = await readFile(join(folder, "../../docs/patterns.md"), "utf8");
  const shown = new Set(Array.from(docs.matchAll(/```ts\n\/\/ (\S+)\n/g), ([, path]) => path));
  for await (const file of glob("operators/*.ts", { cwd: folder }))
    expect(shown).toContain(`example-project/patterns/${file}`);
});
