import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bareContext, pipesEnvironment, readMessages } from "./launched.ts";

interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** The app with a descriptor 3, and all that came out of it in the end. */
function start({ env, args = [] }: StartOptions) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "apps/host.ts"), ...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const out = ["", "", "", ""];
  for (const fd of [1, 2, 3]) child.stdio[fd]?.on("data", (chunk) => (out[fd] += chunk));
  const ended = once(child, "close").then(([code]) => ({
    code: code as number,
    stdout: out[1] ?? "",
    stderr: out[2] ?? "",
    third: out[3] ?? "",
  }));
  return { child, ended, stderr: () => out[2] ?? "" };
}

/** The error that the launcher was told, where it was told that the process opened too. */
function failure(text: string): string {
  const [opened, ...others] = readMessages(text);
  expect(opened?.method).toBe("opened");
  expect(others).toHaveLength(1);
  return others[0]?.params.exception.message;
}

const told = (stderr: string) => JSON.parse(stderr.split("\n")[0] ?? "");
const stdinHost = { MILLRACE_HOST: "stdin", MILLRACE_MESSAGES_FD: "3" };
const line = `${JSON.stringify({ ...bareContext, extras: { config: { text: "é😀" }, partition_keys: ["x"], other: 1 } })}\n`;

test("context by stdin, messages by a descriptor; stdin stays open to the end", async () => {
  const { child, ended } = start({ env: stdinHost });
  // Cut through a character, as a pipe may.
  const bytes = Buffer.from(line);
  const cut = bytes.indexOf("é") + 1;
  child.stdin?.write(bytes.subarray(0, cut));
  setTimeout(() => child.stdin?.write(bytes.subarray(cut)), 50);
  const { code, third, stderr, stdout } = await ended;
  expect(code).toBe(0);
  expect(readMessages(third).map(({ method }) => method)).toEqual([
    "opened",
    "log",
    "report_asset_materialization",
    "closed",
  ]);
  expect(stdout).toBe("printed\n");
  expect(told(stderr)).toEqual({
    kind: "stdin",
    launch: {
      runId: "run-1",
      jobName: "job",
      retryNumber: 0,
      assetKeys: [["a"]],
      partitions: { kind: "keys", keys: ["x"] },
      config: { text: "é😀" },
      extras: { other: 1 },
    },
    variables: [],
  });
});

test("messages by stdout, where what is printed does not get between them", async () => {
  const { child, ended } = start({ env: { MILLRACE_HOST: "stdin" } });
  child.stdin?.write(line);
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(0);
  expect(readMessages(stdout).at(-1)?.method).toBe("closed");
  expect(stderr).toContain("printed\n");
});

test("when stdin closes the launcher is gone: the work is aborted, and the exit code is not 0", async () => {
  const { child, ended, stderr } = start({ env: stdinHost, args: ["wait"] });
  child.stdin?.write(line);
  while (!stderr().includes("\n")) await once(child.stderr!, "data");
  child.stdin?.end();
  const { code, third } = await ended;
  expect(code).toBe(1);
  expect(readMessages(third).at(-1)).toMatchObject({
    method: "closed",
    params: {
      exception: { message: "[PIPES_LAUNCHER_GONE] The launcher is gone: stdin was closed. Launch the run again." },
    },
  });
});

test("the launcher may be gone altogether, with the other end of the messages", async () => {
  const { child, ended, stderr } = start({ env: stdinHost, args: ["wait"] });
  child.stdin?.write(line);
  while (!stderr().includes("\n")) await once(child.stderr!, "data");
  (child.stdio[3] as import("node:stream").Readable).destroy();
  child.stdin?.end();
  const { code, stderr: text } = await ended;
  expect(code).toBe(1);
  expect(text).toContain("settled");
});

test("a stream that ends before the context", async () => {
  const { child, ended } = start({ env: stdinHost });
  child.stdin?.end('{"run_id":');
  const { code, stderr, third } = await ended;
  expect(code).toBe(1);
  expect(stderr).toContain("[PIPES_CONTEXT_INVALID] stdin ended before the line with the context.");
  expect(failure(third)).toContain("[PIPES_CONTEXT_INVALID] stdin ended before the line with the context.");
});

test.each([
  ["no JSON\n", "[PIPES_CONTEXT_INVALID] The context in stdin is not JSON."],
  ["\n", "[PIPES_CONTEXT_INVALID] The context in stdin is not JSON."],
  ["{}\n", "[PIPES_CONTEXT_INVALID] The context in stdin has no run_id."],
  [
    '{"run_id":"r","extras":{"partition_keys":[]}}\n',
    "[PIPES_CONTEXT_INVALID] partition_keys of the extras is not an array of partition keys.",
  ],
  ['{"run_id":"r","extras":{"config":[]}}\n', "[PIPES_CONTEXT_INVALID] config of the extras is not an object."],
])("a context that is none: %j", async (text, message) => {
  const { child, ended } = start({ env: stdinHost });
  child.stdin?.write(text);
  const { code, stderr, third } = await ended;
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(failure(third)).toContain(message);
});

test.each(["x", "0", "-1"])("%s is no descriptor", async (fd) => {
  const { child, ended } = start({ env: { ...stdinHost, MILLRACE_MESSAGES_FD: fd } });
  child.stdin?.write(line);
  const { code, stderr } = await ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`[PIPES_PARAMS_INVALID] MILLRACE_MESSAGES_FD is "${fd}", which is no file descriptor.`);
});

test("pipes with stdin as lifeline", async () => {
  const { env, read } = pipesEnvironment();
  const { child, ended, stderr } = start({ env: { ...env, MILLRACE_LIFELINE: "stdin" }, args: ["wait"] });
  while (!stderr().includes("\n")) await once(child.stderr!, "data");
  child.stdin?.end();
  expect((await ended).code).toBe(1);
  expect(told(stderr())).toMatchObject({ kind: "pipes", variables: [] });
  expect(read().at(-1)).toMatchObject({
    params: { exception: { message: expect.stringContaining("[PIPES_LAUNCHER_GONE]") } },
  });
});

test("pipes without it do not care for stdin", async () => {
  const { env, read } = pipesEnvironment();
  const { child, ended } = start({ env });
  child.stdin?.end();
  expect((await ended).code).toBe(0);
  expect(read().at(-1)).toEqual(expect.objectContaining({ method: "closed", params: {} }));
});

test("without a launcher, what was asked for by flags; what is reported is printed to be read", async () => {
  const { ended } = start({ env: {} });
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(0);
  expect(stdout).toBe("printed\n");
  expect(told(stderr)).toMatchObject({
    kind: "local",
    launch: {
      jobName: null,
      retryNumber: 0,
      assetKeys: [["a"]],
      partitions: { kind: "keys", keys: ["p"] },
      config: { from: "flags" },
      extras: {},
    },
  });
  expect(stderr.split("\n").slice(1)).toEqual(["info    working", "asset   a", "          rows: 1", ""]);
});
