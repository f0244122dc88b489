import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");

test("the operator of docs/getting-started.md is that of a new project", async () => {
  const page = await readFile(join(repository, "docs/getting-started.md"), "utf8");
  const [, code] = /```ts\n([^`]*(?:`[^`]+`[^`]*)*?)```/.exec(page) ?? [];
  expect(code).toBe(await readFile(join(repository, "create-millrace/template/operators/orders.ts"), "utf8"));
});
