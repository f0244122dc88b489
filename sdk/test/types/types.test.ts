import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("the guarantees of define-operator.test-d.ts hold", async () => {
  const run = promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "sdk/test"], {
    cwd: root,
  });
  await expect(run).resolves.toMatchObject({ stdout: "" });
});
