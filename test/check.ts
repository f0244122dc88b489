import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { join } from "node:path";
import { codeProblems } from "./check/error-codes/problems.ts";
import { findViolations } from "./check/import-direction.ts";
import { checkPackages } from "./check/packages.ts";
import type { Result } from "./check/result.ts";

// `pnpm check`: everything that can be said about the code without running it.
const repository = join(import.meta.dirname, "..");

const checks: readonly (readonly [name: string, run: () => Promise<Result>])[] = [
  ["types (tsc)", () => program("tsc", ["-b"])],
  ["lint (oxlint)", () => program("oxlint", [])],
  ["format (oxfmt)", () => program("oxfmt", ["--check"])],
  ["unused code and dependencies (knip)", () => program("knip", [])],
  ["direction of imports", importDirection],
  ["error codes", errorCodes],
  ["packages as published (publint, attw)", () => checkPackages(repository)],
  ["Python lint (ruff)", () => ruff(["check"])],
  ["Python format (ruff)", () => ruff(["format", "--check"])],
];

const failures: (Result & { name: string })[] = [];
for (const [name, run] of checks) {
  const started = performance.now();
  const result = await run().catch((error: unknown) => ({ ok: false, output: String(error) }));
  console.log(
    `${result.ok ? "✓" : "✗"} ${name.padEnd(40)} ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s`,
  );
  if (!result.ok) failures.push({ name, ...result });
}
for (const { name, output } of failures) console.log(`\n── ${name} ──\n${output.trim()}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function program(file: string, args: readonly string[], cwd: string = repository): Promise<Result> {
  const { exitCode, all } = await execa(file, args, {
    cwd,
    preferLocal: true,
    localDir: repository,
    reject: false,
    all: true,
  });
  return { ok: exitCode === 0, output: all };
}

async function importDirection(): Promise<Result> {
  const violations = await findViolations(repository);
  return { ok: violations.length === 0, output: violations.join("\n") };
}

async function errorCodes(): Promise<Result> {
  const problems = await codeProblems(repository);
  return { ok: problems.length === 0, output: problems.join("\n") };
}

async function ruff(args: readonly string[]): Promise<Result> {
  const python = await ensurePython({ onProgress: (message) => console.log(message) });
  return program(python.bin("ruff"), args, python.project);
}
