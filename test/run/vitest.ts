import { execa } from "execa";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { settle, type Totals } from "./totals.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** Runs all TypeScript tests, shown as they go. */
export async function runVitest(repository: string, output: string): Promise<Totals> {
  const report = join(output, "vitest.json");
  await rm(report, { force: true });
  const vitest = join(repository, "node_modules", "vitest", "vitest.mjs");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { exitCode } = await execa(process.execPath, [vitest, ...args], {
    cwd: repository,
    stdio: "inherit",
    reject: false,
  });
  return settle(await readFile(report, "utf8").then(countVitest, () => null), exitCode);
}

/** Counts the tests of a JSON report; a file that could not even be loaded counts as one that failed. */
export function countVitest(json: string): Totals {
  const report = JSON.parse(json) as VitestReport;
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
