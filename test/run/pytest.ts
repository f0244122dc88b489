import type { PythonEnvironment } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { settle, type Totals } from "./totals.ts";

/** Runs the Python tests of a folder in an environment, shown as they go; `name` is that of their report. */
export async function runPytest(
  { bin }: PythonEnvironment,
  { folder, output, name }: { folder: string; output: string; name: string },
): Promise<Totals> {
  const report = join(output, `${name}.xml`);
  await rm(report, { force: true });
  const { exitCode } = await execa(bin("python"), ["-m", "pytest", `--junitxml=${report}`], {
    cwd: folder,
    stdio: "inherit",
    reject: false,
  });
  return settle(await readFile(report, "utf8").then(countJUnit, () => null), exitCode);
}

/** Counts the tests of a JUnit report; null when it holds none. */
export function countJUnit(xml: string): Totals | null {
  const suites = xml.match(/<testsuite\s[^>]*>/g);
  if (suites === null) return null;
  const of = (name: string) =>
    suites.reduce((total, suite) => total + Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0), 0);
  const failed = of("failures") + of("errors");
  const skipped = of("skipped");
  return { passed: Math.max(0, of("tests") - failed - skipped), failed, skipped };
}
