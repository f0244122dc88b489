import { expect, test } from "vitest";
import { countJUnit } from "./pytest.ts";
import { lastLine, settle, sum } from "./totals.ts";
import { countVitest } from "./vitest.ts";

test("the last line names skipped tests only when there are any", () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(lastLine({ passed: 12, failed: 1, skipped: 3 })).toBe("12 passed, 1 failed, 3 skipped");
});

test("both runners are summed", () => {
  const all = [
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ];
  expect(sum(all)).toEqual({ passed: 11, failed: 22, skipped: 33 });
});

test.each([
  { name: "all passed", counted: { passed: 3, failed: 0, skipped: 0 }, exitCode: 0, failed: 0 },
  { name: "failures are counted once", counted: { passed: 3, failed: 2, skipped: 0 }, exitCode: 1, failed: 2 },
  { name: "it crashed after the last test", counted: { passed: 3, failed: 0, skipped: 0 }, exitCode: 1, failed: 1 },
  { name: "it was killed", counted: { passed: 3, failed: 0, skipped: 0 }, exitCode: undefined, failed: 1 },
  { name: "it found no tests", counted: { passed: 0, failed: 0, skipped: 0 }, exitCode: 0, failed: 1 },
  { name: "it left no report", counted: null, exitCode: 0, failed: 1 },
])("a runner that does not say so has failed: $name", ({ counted, exitCode, failed }) => {
  expect(settle(counted, exitCode).failed).toBe(failed);
});

test("a vitest file that could not be loaded counts as a failure", () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [
      { status: "failed", assertionResults: [{}] },
      { status: "failed", assertionResults: [] },
      { status: "passed", assertionResults: [{}] },
    ],
  };
  expect(countVitest(JSON.stringify(report))).toEqual({ passed: 5, failed: 2, skipped: 3 });
});

test("pytest's report is counted with its errors", () => {
  const xml =
    '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">' +
    '<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="0.1"></testsuite></testsuites>';
  expect(countJUnit(xml)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  expect(countJUnit("")).toBeNull();
});
