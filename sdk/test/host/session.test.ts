import { describe, expect, test } from "vitest";
import { toContextData } from "../../src/host/pipes/context-data.ts";
import { PipesContext } from "../../src/host/pipes/context.ts";
import { openPipes } from "../../src/host/pipes/open-pipes.ts";
import { PipesSession } from "../../src/host/pipes/session.ts";
import type { PipesWriter } from "../../src/host/pipes/writers/writer.ts";
import { bareContext, type Message, pipesEnvironment, readMessages } from "./launched.ts";

function open(changes: object = {}): { session: PipesSession; said: () => Message[] } {
  const lines: string[] = [];
  const writer: PipesWriter = {
    write: (line) => lines.push(line),
    flush: async () => {},
    close: async () => {},
    closeNow: () => {},
  };
  const context = new PipesContext(toContextData({ ...bareContext, ...changes }, "the test"));
  return {
    session: new PipesSession(context, writer, { watchProcess: false }),
    said: () => readMessages(lines.map((line) => `${line}\n`).join("")),
  };
}

test("every method, as the schema has it", async () => {
  const { session, said } = open();
  for (const level of ["debug", "info", "warning", "error", "critical"] as const) session.log(level, level);
  session.reportMaterialization({ metadata: { rows: 1 }, dataVersion: "v" });
  session.reportCheck({ checkName: "c", passed: true });
  session.reportCheck({ checkName: "d", passed: false, severity: "warn", metadata: {}, assetKey: ["a"] });
  session.reportCustomMessage({ at: new Date(0) });
  session.logExternalStream("stdout", "text", { a: 1 });
  await session.close();
  expect(said().map(({ method, params }) => [method, params])).toEqual([
    ["opened", { extras: {} }],
    ["log", { message: "debug", level: "DEBUG" }],
    ["log", { message: "info", level: "INFO" }],
    ["log", { message: "warning", level: "WARNING" }],
    ["log", { message: "error", level: "ERROR" }],
    ["log", { message: "critical", level: "CRITICAL" }],
    [
      "report_asset_materialization",
      { asset_key: "a", metadata: { rows: { type: "int", raw_value: 1 } }, data_version: "v" },
    ],
    ["report_asset_check", { asset_key: "a", check_name: "c", passed: true, severity: "ERROR", metadata: null }],
    ["report_asset_check", { asset_key: "a", check_name: "d", passed: false, severity: "WARN", metadata: {} }],
    ["report_custom_message", { payload: { at: "1970-01-01T00:00:00.000Z" } }],
    ["log_external_stream", { stream: "stdout", text: "text", extras: { a: 1 } }],
    ["closed", {}],
  ]);
});

describe("what the launcher would refuse is refused at the call, and nothing is sent", () => {
  test.each<[string, (session: PipesSession) => void, string]>([
    ["level", (session) => session.log("notice" as never, "x"), '[PIPES_ARGUMENT_INVALID] "notice" is no log level.'],
    [
      "severity",
      (session) => session.reportCheck({ checkName: "c", passed: true, severity: "bad" as never }),
      '"bad" is no severity.',
    ],
    [
      "passed",
      (session) => session.reportCheck({ checkName: "c", passed: 1 as never }),
      'Whether check "c" passed is not a boolean.',
    ],
    ["check name", (session) => session.reportCheck({ checkName: "", passed: true }), "A check has no name."],
    [
      "data version",
      (session) => session.reportMaterialization({ dataVersion: 1 as never }),
      "A data version is not a string.",
    ],
    ["asset", (session) => session.reportMaterialization({ assetKey: ["b"] }), "Asset b is not one of the run: a."],
    ["stream", (session) => session.logExternalStream("stdin" as never, "x"), '"stdin" is no stream.'],
    [
      "metadata",
      (session) => session.reportMaterialization({ metadata: { f: (() => 1) as never } }),
      "[METADATA_INVALID]",
    ],
    [
      "custom message",
      (session) => session.reportCustomMessage(Array.from({ length: 1e6 }, () => 1)),
      "[PIPES_MESSAGE_TOO_LONG]",
    ],
  ])("%s", (_, call, message) => {
    const { session, said } = open();
    expect(() => call(session)).toThrow(message);
    expect(said()).toHaveLength(1);
  });

  test("an asset twice, a check twice; after a refused call it may be done right", () => {
    const { session, said } = open();
    expect(() => session.reportMaterialization({ dataVersion: 1 as never })).toThrow("is not a string");
    session.reportMaterialization();
    expect(() => session.reportMaterialization()).toThrow("[PIPES_ARGUMENT_INVALID] The asset a was reported already.");
    session.reportCheck({ checkName: "c", passed: true });
    expect(() => session.reportCheck({ checkName: "c", passed: false })).toThrow(
      "The check c of asset a was reported already.",
    );
    session.reportCheck({ checkName: "d", passed: true });
    expect(said()).toHaveLength(4);
  });

  test("a materialization whose metadata was refused may be reported again", () => {
    const { session, said } = open();
    expect(() => session.reportMaterialization({ metadata: { f: (() => 1) as never } })).toThrow("METADATA_INVALID");
    session.reportMaterialization({ metadata: { f: 1 } });
    expect(said()).toHaveLength(2);
  });

  test("no asset, several assets", () => {
    expect(() => open({ asset_keys: null }).session.reportMaterialization()).toThrow(
      "[PIPES_CONTEXT_MISSING] The run is about no asset.",
    );
    expect(() => open({ asset_keys: ["a", "b"] }).session.reportMaterialization()).toThrow(
      "[PIPES_CONTEXT_MISSING] The run is about several assets.",
    );
    const { session, said } = open({ asset_keys: null });
    session.reportMaterialization({ assetKey: ["x", "y/z"] });
    expect(said().at(-1)?.params.asset_key).toBe("x/y\\/z");
  });

  test("anything after the end", async () => {
    const { session, said } = open();
    await session.close();
    await session.close(new Error("too late"));
    expect(() => session.log("info", "x")).toThrow("[PIPES_CLOSED] `log` after the session was closed.");
    expect(said()).toHaveLength(2);
  });
});

test("a long external stream is sent in parts, none cut through a character", () => {
  const { session, said } = open();
  const text = `x${"😀".repeat(200_000)}`;
  session.logExternalStream("stderr", text);
  const parts = said()
    .slice(1)
    .map(({ params }) => params.text as string);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.every((part) => part.isWellFormed())).toBe(true);
  expect(parts.join("")).toBe(text);
});

test("after a request to stop, the last word is the reason", async () => {
  const { session, said } = open();
  session.requestStop(new Error("enough"));
  expect(session.signal.aborted).toBe(true);
  const before = process.exitCode;
  await session.close();
  process.exitCode = before;
  expect(said().at(-1)).toMatchObject({ method: "closed", params: { exception: { message: "enough" } } });
});

test("a file: one line a message, appended as it is said; given params win over the environment", async () => {
  const { env, read } = pipesEnvironment();
  const { findParams } = await import("../../src/host/pipes/params.ts");
  const session = await openPipes({ params: findParams({ env, argv: [] }), env: {}, watchProcess: false });
  session.log("info", "x");
  expect(read().map(({ method }) => method)).toEqual(["opened", "log"]);
  await session.close();
  expect(read().map(({ method }) => method)).toEqual(["opened", "log", "closed"]);
});

test("places that are not built in", async () => {
  const said: string[] = [];
  const session = await openPipes({
    params: { context: { project: "p" }, messages: { topic: "t" } },
    loadContext: async (params) => ({ run_id: `run of ${String(params["project"])}` }),
    openWriter: async (params) => ({
      write: (line) => said.push(`${String(params["topic"])} ${JSON.parse(line).method}`),
      flush: async () => {},
      close: async () => {},
      closeNow: () => {},
    }),
    watchProcess: false,
  });
  expect(session.context.runId).toBe("run of p");
  await session.close();
  expect(said).toEqual(["t opened", "t closed"]);
});

describe("params of no known place are refused", () => {
  const messages = { path: "/dev/null" };
  test.each<[object, object, string]>([
    [{}, messages, "[PIPES_PARAMS_INVALID] The params for the context name no known place: none."],
    [{ url: "x" }, messages, "The params for the context name no known place: url."],
    [{ path: 1 }, messages, '"path" of the params for the context is not a text.'],
    [
      { path: "/no/such/file" },
      messages,
      "[PIPES_CONTEXT_INVALID] The context's file, /no/such/file, could not be read.",
    ],
    [{ data: [] }, messages, "[PIPES_CONTEXT_INVALID] The context in the params is not a JSON object."],
    [{ data: bareContext }, {}, "[PIPES_PARAMS_INVALID] The params for messages name no known destination: none."],
    [{ data: bareContext }, { stdio: "stdin" }, '"stdio" of the params for messages is not stdout or stderr.'],
    [
      { data: bareContext },
      { buffered_stdio: 1 },
      '"buffered_stdio" of the params for messages is not stdout or stderr.',
    ],
    [{ data: bareContext }, { path: "" }, '"path" of the params for messages is not a text.'],
    [
      { data: bareContext },
      { path: "/no/such/folder/x" },
      "[PIPES_WRITE_FAILED] The file for messages, /no/such/folder/x, could not be opened.",
    ],
    [{ data: bareContext }, { bucket: 1 }, '"bucket" of the params for messages is not a text.'],
  ])("%j, %j", async (context, messageParams, message) => {
    const opened = openPipes({ params: { context, messages: messageParams } as never, watchProcess: false });
    await expect(opened).rejects.toThrow(message);
  });
});
