import { describe, expect, test } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { toLaunch } from "../../src/host/launch.ts";
import { openLocalHost } from "../../src/host/local.ts";
import { toContextData } from "../../src/host/pipes/context-data.ts";
import { PipesContext } from "../../src/host/pipes/context.ts";
import { PipesSession } from "../../src/host/pipes/session.ts";
import { PipesHost } from "../../src/host/pipes-host.ts";
import { partitionMessages } from "../../src/host/schema/partition-message-schema.ts";
import { bareContext, type Message, readMessages } from "./launched.ts";

function open(changes: object): { host: Host; said: () => Message[] } {
  const lines: string[] = [];
  const writer = {
    write: (line: string) => void lines.push(line),
    flush: async () => {},
    close: async () => {},
    closeNow: () => {},
  };
  const context = new PipesContext(toContextData({ ...bareContext, ...changes }, "the test"));
  const host = new PipesHost("pipes", new PipesSession(context, writer, { watchProcess: false }));
  return { host, said: () => readMessages(lines.map((line) => `${line}\n`).join("")).slice(1) };
}

function reportAll(host: Host, partition: string | null): void {
  const assetKey = ["a"];
  host.reportCheck({ assetKey, partition, checkName: "c", passed: false, severity: "warn", metadata: { n: 1.5 } });
  host.reportMaterialization({
    assetKey,
    partition,
    metadata: { rows: 842, ratio: { type: "float", raw_value: 1 } },
    dataVersion: "v",
  });
}

describe("the partitions of a launch", () => {
  const range = { start: "a", end: "c" };
  test.each<[string, object, object | null]>([
    ["none", {}, null],
    ["one", { partition_key: "a", partition_key_range: { start: "a", end: "a" } }, { kind: "keys", keys: ["a"] }],
    ["a range", { partition_key_range: range }, { kind: "range", ...range }],
    ["a range of one", { partition_key_range: { start: "a", end: "a" } }, { kind: "keys", keys: ["a"] }],
    [
      "keys, where Dagster says nothing",
      { extras: { partition_keys: ["a", "c"] } },
      { kind: "keys", keys: ["a", "c"] },
    ],
    [
      "keys, which win",
      { partition_key_range: range, extras: { partition_keys: ["b"] } },
      { kind: "keys", keys: ["b"] },
    ],
  ])("%s", (_, changes, expected) => {
    expect(toLaunch(toContextData({ ...bareContext, ...changes }, "x")).partitions).toEqual(expected);
  });

  test.each([[[]], ["a"], [[1]], [["a", ""]], [["a", "a"]]])("partition_keys %j is refused", (keys) => {
    expect(() => toLaunch(toContextData({ ...bareContext, extras: { partition_keys: keys } }, "x"))).toThrow(
      "[PIPES_CONTEXT_INVALID] partition_keys",
    );
  });
});

test.each<[string, object, string | null]>([
  ["no partition", {}, null],
  ["one partition", { extras: { partition_keys: ["p"] } }, "p"],
])("%s: the asset and its checks are reported as such", (_, changes, partition) => {
  const { host, said } = open(changes);
  reportAll(host, partition);
  host.reportPartitionFailure({ assetKey: ["a"], partition: "p", error: new Error("is said by close") });
  expect(said().map(({ method }) => method)).toEqual(["report_asset_check", "report_asset_materialization"]);
  expect(said()[0]?.params).toMatchObject({ check_name: "c", passed: false, severity: "WARN" });
});

test.each([{ extras: { partition_keys: ["p", "q"] } }, { partition_key_range: { start: "p", end: "q" } }])(
  "several partitions: a message for each, and the totals as the asset's: %j",
  async (changes) => {
    const { host, said } = open(changes);
    reportAll(host, "p");
    host.reportPartitionFailure({ assetKey: ["a"], partition: "q", error: new TypeError("boom") });
    host.reportMaterialization({ assetKey: ["a"], partition: null, metadata: { rows: 842 } });
    await host.close();
    const [check, completed, failed, totals, closed] = said();
    expect(check?.params.payload).toEqual({
      type: "check_evaluated",
      asset_key: ["a"],
      partition: "p",
      check_name: "c",
      passed: false,
      severity: "WARN",
      metadata: { n: { type: "float", raw_value: 1.5 } },
    });
    expect(completed?.params.payload).toEqual({
      type: "partition_completed",
      asset_key: ["a"],
      partition: "p",
      metadata: { rows: { type: "int", raw_value: 842 }, ratio: { type: "float", raw_value: 1 } },
      data_version: "v",
    });
    expect(failed?.params.payload).toMatchObject({
      type: "partition_failed",
      asset_key: ["a"],
      partition: "q",
      error: { name: "TypeError", message: "boom", cause: null, context: null },
    });
    for (const message of [check, completed, failed]) {
      const { payload } = message?.params ?? {};
      expect(
        partitionMessages[payload.type as keyof typeof partitionMessages].safeParse(payload).error,
      ).toBeUndefined();
    }
    expect(totals).toMatchObject({
      method: "report_asset_materialization",
      params: { metadata: { rows: { raw_value: 842 } } },
    });
    expect(closed?.method).toBe("closed");
  },
);

describe("local", () => {
  function openPrinting(options: object = {}): { host: Host; printed: string[] } {
    const printed: string[] = [];
    return { host: openLocalHost({ watchProcess: false, print: (text) => printed.push(text), ...options }), printed };
  }

  test("every report can be read", async () => {
    const { host, printed } = openPrinting({ partitions: { kind: "range", start: "p", end: "q" } });
    reportAll(host, "p");
    host.log("warning", "look out");
    host.reportPartitionFailure({ assetKey: ["a"], partition: "q", error: new Error("boom") });
    host.reportMaterialization({
      assetKey: ["a", "b"],
      partition: null,
      metadata: { big: 2n ** 70n, table: { type: "json", raw_value: [1n] } },
    });
    host.reportCustom({ x: 1 });
    const before = process.exitCode;
    await host.close(new Error("1 of 2 failed"));
    process.exitCode = before;
    expect(printed).toEqual([
      "check   c of p: did not pass (a warning)",
      "done    p\n          rows: 842\n          ratio: 1",
      "warning look out",
      "failed  q: boom",
      'asset   a/b\n          big: 1180591620717411303424\n          table: ["1"]',
      'message {"x":1}',
      "failed  1 of 2 failed",
    ]);
  });

  test("a run id of its own, and nothing but what was given", () => {
    const { host } = openPrinting();
    expect(host.launch).toMatchObject({
      jobName: null,
      retryNumber: 0,
      assetKeys: [],
      partitions: null,
      config: {},
      extras: {},
    });
    expect(host.launch.runId).toMatch(/^[0-9a-f-]{36}$/);
    expect(openPrinting().host.launch.runId).not.toBe(host.launch.runId);
  });
});
