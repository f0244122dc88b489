import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandReference } from "../../src/cli/reference.ts";

test("docs/cli.md says what the commands say; written by `node sdk/src/cli/write-reference.ts`", async () => {
  const written = await readFile(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");
  expect(commandReference()).toBe(written);
  expect(written).toContain("millrace failures replay <");
  expect(written).toContain("--out <dir>");
});
