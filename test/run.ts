import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPytest } from "./run/pytest.ts";
import { isSkipped } from "./run/skipped.ts";
import { lastLine, settle, sum, type Totals } from "./run/totals.ts";
import { runVitest } from "./run/vitest.ts";

// `pnpm test`: every test of the repository. The last line is the totals.
const repository = join(import.meta.dirname, "..");
const output = join(import.meta.dirname, "output");
await mkdir(output, { recursive: true });

// Python first: TypeScript tests launch Dagster and Airflow too.
const onProgress = (message: string) => console.log(message);
const python = await step("Python environment", () => ensurePython({ onProgress }));
const withAirflow = !isSkipped("airflow");
const pythonOfAirflow =
  withAirflow &&
  (await step("Python environment with Airflow", () => ensurePython({ scheduler: "airflow", onProgress })));

// Whatever tests and the servers they start leave behind goes with this folder, which every user may enter.
const temporary = await mkdtemp(join(tmpdir(), "millrace-test-"));
await chmod(temporary, 0o755);
process.env["TMPDIR"] = temporary;
const typescript = await step("TypeScript tests", () => runVitest(repository, output));
const pytest =
  python && (await step("Python tests", () => runPytest(python, { folder: python.project, output, name: "pytest" })));
const airflow =
  pythonOfAirflow &&
  (await step("Python tests with Airflow", () => {
    const folder = join(pythonOfAirflow.project, "tests", "airflow");
    return runPytest(pythonOfAirflow, { folder, output, name: "pytest-airflow" });
  }));
await rm(temporary, { recursive: true, force: true });

const counted = [typescript, pytest, ...(withAirflow ? [airflow] : [])];
const totals = sum(counted.map((one): Totals => one || settle(null, 1)));
console.log(lastLine(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;

async function step<Result>(name: string, run: () => Promise<Result>): Promise<Result | null> {
  const started = performance.now();
  console.log(`\n── ${name} ──`);
  try {
    return await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return null;
  } finally {
    console.log(`── ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s ──`);
  }
}
