import { describe, expect, test } from "vitest";
import { launch, type Message, pipesEnvironment } from "./launched.ts";

type End = { code: number; exception?: object };

async function run(
  args: readonly string[],
  signal?: NodeJS.Signals,
  times = 1,
): Promise<{ code: number | null; stderr: string; messages: Message[] }> {
  const { env, read } = pipesEnvironment();
  let sent = 0;
  const { code, stderr } = await launch("ends.ts", {
    env,
    args,
    onStderr: (_, child) => {
      if (!signal || sent++ > 0) return;
      for (let time = 0; time < times; time++) setTimeout(() => child.kill(signal), time * 200);
    },
  });
  return { code, stderr, messages: read() };
}

function expectEnd({ code, messages }: { code: number | null; messages: readonly Message[] }, end: End): void {
  expect({ code, last: messages.at(-1) }).toMatchObject({
    code: end.code,
    last: { method: "closed", params: end.exception ? { exception: end.exception } : {} },
  });
  if (!end.exception) expect(messages.at(-1)?.params).toEqual({});
  expect(messages.filter(({ method }) => method === "closed")).toHaveLength(1);
  expect(messages.map(({ method }) => method).slice(0, 2)).toEqual(["opened", "report_asset_materialization"]);
}

describe("whatever way a process ends, the last message and the exit code say so", () => {
  test.each<[string, End]>([
    ["well", { code: 0 }],
    ["close", { code: 0 }],
    ["throw", { code: 1, exception: { name: "TypeError", message: "boom", cause: { message: "why" } } }],
    ["throw after a wait", { code: 1, exception: { message: "late" } }],
    ["uncaught", { code: 1, exception: { name: "RangeError", message: "in a timer" } }],
    ["rejection", { code: 1, exception: { name: "string", message: "string thrown: not even an error" } }],
    ["close with an error", { code: 1, exception: { message: "said" } }],
    [
      "exit 0",
      {
        code: 1,
        exception: { message: expect.stringContaining("[PIPES_NOT_CLOSED] The process ended (exit code 0)") },
      },
    ],
    [
      "exit 7",
      {
        code: 7,
        exception: { message: expect.stringContaining("[PIPES_NOT_CLOSED] The process ended (exit code 7)") },
      },
    ],
    ["never", { code: 1, exception: { message: expect.stringContaining("[PIPES_NOT_CLOSED]") } }],
    ["exit code", { code: 3, exception: { message: "[PIPES_EXIT_CODE] The process ended with exit code 3." } }],
  ])("%s", async (way, end) => {
    const result = await run([way]);
    expectEnd(result, end);
  });

  test("an uncaught error is printed too, with its stack", async () => {
    const { stderr } = await run(["uncaught"]);
    expect(stderr).toMatch(/Uncaught RangeError: in a timer\n\s+at .*ends\.ts/);
  });
});

test("a context that can not be read is told to the launcher, as far as messages can be written", async () => {
  const { env, read } = pipesEnvironment([]);
  const { code, stderr } = await launch("ends.ts", { env });
  expect(code).toBe(1);
  expect(stderr).toContain("[PIPES_CONTEXT_INVALID]");
  expect(read()).toMatchObject([
    { method: "opened" },
    {
      method: "closed",
      params: { exception: { name: "FatalError", message: expect.stringContaining("is not a JSON object") } },
    },
  ]);
});

describe("without an orchestrator the same program runs, and what it says can be read", () => {
  test.each<[string, number, string]>([
    ["well", 0, "open\n"],
    ["throw", 1, "failed  boom\n"],
    ["never", 1, "failed  [PIPES_NOT_CLOSED]"],
  ])("%s", async (way, code, said) => {
    const result = await launch("ends.ts", { args: [way] });
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain(`asset   asset\n          way: ${way}\n`);
    expect(result.stderr).toContain(said);
  });
});

describe("a process that is told to stop settles, says so and exits non-zero", () => {
  const stopped = (signal: string) => ({
    message: `[PIPES_STOPPED] The launcher asked the process to stop (${signal}).`,
  });
  test.each<[string, NodeJS.Signals, End]>([
    ["until stopped", "SIGINT", { code: 130, exception: stopped("SIGINT") }],
    ["until stopped", "SIGTERM", { code: 143, exception: stopped("SIGTERM") }],
    ["until stopped, then done", "SIGTERM", { code: 143, exception: stopped("SIGTERM") }],
  ])("%s by %s", async (way, signal, end) => {
    const result = await run([way], signal);
    expectEnd(result, end);
    if (way.endsWith("done"))
      expect(result.messages.at(-2)).toMatchObject({ method: "log", params: { message: "settled" } });
  });

  test("also when it does not listen: after the grace period", async () => {
    expectEnd(await run(["deaf", "300"], "SIGTERM"), { code: 143, exception: stopped("SIGTERM") });
  });

  test("at once when told twice", async () => {
    expectEnd(await run(["deaf", "100000"], "SIGINT", 2), { code: 130, exception: stopped("SIGINT") });
  });
});
