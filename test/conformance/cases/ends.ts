import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { app } from "../commands.ts";
import type { Driver } from "../driver.ts";
import { closedWith, logged, materialized, readerDied } from "./events.ts";

export function describeEnds(driver: Driver): void {
  test.each<[string, object]>([
    [
      "throw",
      {
        name: "TypeError",
        message: "boom",
        cause: { name: "RangeError", message: "why", cause: { name: "string", message: "string thrown: a text" } },
      },
    ],
    ["throw a text", { name: "string", message: "string thrown: just a text" }],
    ["throw nothing", { name: "undefined", message: "undefined thrown: undefined" }],
    [
      "throw many",
      {
        name: "AggregateError",
        message: expect.stringContaining("- TypeError: one\n  - Error: two"),
        cause: { message: "one" },
      },
    ],
    ["uncaught", { name: "RangeError", message: "in a timer" }],
    ["rejection", { name: "RangeError", message: "nobody waited" }],
    ["exit 0", { message: expect.stringContaining("[PIPES_NOT_CLOSED]") }],
    ["exit 3", { message: expect.stringContaining("[PIPES_NOT_CLOSED]") }],
    ["never", { message: expect.stringContaining("[PIPES_NOT_CLOSED]") }],
    ["close", { message: "said by close" }],
  ])("%s: the run fails, and its log has the error", async (scenario, error) => {
    const answer = await driver.run({ command: app(scenario) });
    expect(answer.success).toBe(false);
    expect(closedWith(answer)).toMatchObject(error);
    expect(materialized(answer)).toEqual([]);
    expect(readerDied(answer)).toBe(false);
    const code = scenario === "exit 3" ? 3 : 1;
    expect(JSON.stringify(answer.events)).toContain(`External execution process failed with code ${code}`);
  });

  test("the stack names the TypeScript file and line", async () => {
    const error = closedWith(await driver.run({ command: app("throw") }));
    expect(error?.stack[0]).toBe("TypeError: boom\n");
    expect(error?.stack[1]).toMatch(/^ {4}at .*scenarios\.ts:\d+:\d+\)?\n$/);
  });

  test("a run that Dagster interrupts: the process hears of it, settles and is gone", async () => {
    const sign = join(mkdtempSync(join(tmpdir(), "millrace-interrupt-")), "at-work");
    const answer = await driver.run({ command: app("until stopped", sign), interruptWhen: sign });
    expect(answer.success).toBe(false);
    expect(logged(answer)).toContainEqual([20, "settled"]);
    expect(closedWith(answer)?.message).toBe("[PIPES_STOPPED] The launcher asked the process to stop (SIGINT).");
    expect(materialized(answer)).toEqual([]);
  });

  test("a process that does not listen is gone within the patience of Dagster", async () => {
    const sign = join(mkdtempSync(join(tmpdir(), "millrace-interrupt-")), "pid");
    const answer = await driver.run({ command: app("deaf", sign), interruptWhen: sign });
    expect(answer.success).toBe(false);
    expect(closedWith(answer)?.message).toContain("[PIPES_STOPPED]");
    expect(existsSync(`/proc/${readFileSync(sign, "utf8")}`)).toBe(false);
  });
}
