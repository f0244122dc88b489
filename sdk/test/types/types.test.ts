import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("C17: the guarantees of define-operator.test-d.ts hold: an upsert without a key does not compile", async () => {
  const run = promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "sdk/test"], {
    cwd: root,
  });
  await expect(run).resolves.toMatchObject({ stdout: "" });
});
