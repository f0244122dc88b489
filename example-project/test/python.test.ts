import { execa } from "execa";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensurePython } from "../scripts/python.ts";

let folder: string;
const path = process.env["PATH"];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "python-"));
});
afterEach(async () => {
  process.env["PATH"] = path;
  delete process.env["PYTHONPATH"];
  await rm(folder, { recursive: true });
});

/** A machine whose PATH has these programs only. */
async function machineWith(programs: Record<string, string>): Promise<void> {
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  process.env["PATH"] = folder;
}

const toolsDirectory = () => join(folder, "tools");

test("PYTHON_MISSING: no Python at all", async () => {
  await machineWith({});
  await expect(ensurePython({ toolsDirectory: toolsDirectory() })).rejects.toThrow(
    `[PYTHON_MISSING] There is no python3 on PATH (${folder}). Install Python 3.11 or newer, or uv`,
  );
});

test("PYTHON_TOO_OLD: only an old one", async () => {
  await machineWith({ python3: "echo Python 3.9.2" });
  await expect(ensurePython({ toolsDirectory: toolsDirectory() })).rejects.toThrow(
    "[PYTHON_TOO_OLD] python3 is Python 3.9.2, and 3.11 or newer is needed. Install",
  );
});

test("PYTHON_WITHOUT_VENV: Debian's python3 without python3-venv", async () => {
  const { stdout: real } = await execa("python3", ["-c", "import sys; print(sys.executable)"]);
  await machineWith({ python3: `exec ${real} "$@"` });
  await writeFile(join(folder, "ensurepip.py"), "raise ModuleNotFoundError('No module named ensurepip')");
  process.env["PYTHONPATH"] = folder;
  await expect(ensurePython({ toolsDirectory: toolsDirectory() })).rejects.toThrow(
    /^\[PYTHON_WITHOUT_VENV\] python3 \(Python 3\.\d+\.\d+\) can not make virtual environments: .*No module named ensurepip.*python3-venv/s,
  );
});

test("an environment that matches the lock file is left as it is, and says nothing", async () => {
  const said: string[] = [];
  const python = await ensurePython({ onProgress: (message) => said.push(message) });
  said.length = 0;
  expect(await ensurePython({ onProgress: (message) => said.push(message) })).toMatchObject({ uv: python.uv });
  expect(said).toEqual([]);
  const { stdout } = await execa(python.bin("dagster"), ["--version"]);
  expect(stdout).toMatch(/^dagster, version 1\.13\./);
});
