import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const guard = join(import.meta.dirname, "..", "scripts", "require-node.mjs");

async function runWith(version: string): Promise<{ exitCode?: number | undefined; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "require-node-"));
  try {
    const program = join(folder, "program.ts");
    await writeFile(program, "const args: string[] = process.argv.slice(2);\nconsole.log(...args);\n");
    const disguise = `Object.defineProperty(process, "versions", { value: { node: "${version}" } })`;
    const args = ["--import", `data:text/javascript,${encodeURIComponent(disguise)}`, guard, program, "one", "two"];
    return await execa(process.execPath, args, { reject: false });
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("NODE_TOO_OLD: an old Node.js is told apart before it meets TypeScript", async () => {
  const { exitCode, stdout, stderr } = await runWith("20.20.2");
  expect(stderr).toContain("[NODE_TOO_OLD] This is Node.js 20.20.2, and 24 or newer is needed. pnpm installs it");
  expect(stdout).toBe("");
  expect(exitCode).toBe(1);
});

test("a new enough one runs the program with its arguments", async () => {
  expect(await runWith("24.0.0")).toMatchObject({ exitCode: 0, stdout: "one two" });
});
