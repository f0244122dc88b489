import { execa } from "execa";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "..", "..", ".ci", "run");

/** Runs `.ci/run` where the test command prints `lines` and ends with `exitCode`. */
async function runWith(
  lines: readonly string[],
  exitCode: number,
): Promise<{ lines: string[]; exitCode: number | undefined }> {
  const folder = await mkdtemp(join(tmpdir(), "ci-run-"));
  try {
    const npx = [
      "#!/bin/sh",
      '[ "$*" = "-y pnpm@12 test" ] || exit 99',
      ...lines.map((line) => `echo '${line}'`),
      `exit ${exitCode}`,
    ];
    await writeFile(join(folder, "npx"), npx.join("\n"));
    await chmod(join(folder, "npx"), 0o755);
    const env = { PATH: `${folder}:${process.env["PATH"]}` };
    const result = await execa(script, { env, reject: false, lines: true });
    return { lines: result.stdout, exitCode: result.exitCode };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const pnpmFailed = "[ELIFECYCLE] Test failed. See above for more details.";

test.each([
  { name: "all passed", prints: ["7 passed, 0 failed"], exits: 0, last: "7 passed, 0 failed", code: 0 },
  {
    name: "some were skipped",
    prints: ["7 passed, 0 failed, 1 skipped"],
    exits: 0,
    last: "7 passed, 0 failed, 1 skipped",
    code: 0,
  },
  {
    name: "pnpm speaks after a failure",
    prints: ["6 passed, 1 failed", pnpmFailed],
    exits: 1,
    last: "6 passed, 1 failed",
    code: 1,
  },
  { name: "nothing could be installed", prints: ["no network"], exits: 3, last: "0 passed, 1 failed", code: 3 },
  { name: "it ended early, pretending success", prints: ["bye"], exits: 0, last: "0 passed, 1 failed", code: 1 },
])("the last line is the totals, and the exit code kept: $name", async ({ prints, exits, last, code }) => {
  const result = await runWith(prints, exits);
  expect(result.lines.at(-1)).toBe(last);
  expect(result.lines.filter((line) => line === last)).toHaveLength(
    prints.at(-1) === last || !prints.includes(last) ? 1 : 2,
  );
  expect(result.exitCode).toBe(code);
});
