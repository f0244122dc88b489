import { expect, test } from "vitest";
import { largeText } from "../app/payloads.ts";
import { app, line, raw } from "../commands.ts";
import type { Driver } from "../driver.ts";
import { closedWith, expectClean, logged, materialization, materialized, readerDied } from "./events.ts";

const opened = line("opened", { extras: {} });
const closed = line("closed", {});
const materializedLine = (metadata: unknown): string =>
  line("report_asset_materialization", { asset_key: "a", metadata, data_version: null });

/** Each trap of Dagster Pipes: that it is there, by messages of a careless process, and that ours does not step into it. */
export function describeTraps(driver: Driver): void {
  test.each<[string, string]>([
    ["bad log level", line("log", { message: "x", level: "NOTICE" })],
    ["additional param", line("log", { message: "x", level: "INFO", at: 1 })],
    ["missing param", line("report_asset_materialization", { asset_key: "a", metadata: null })],
    ["unknown method", line("report", {})],
    ["blank line", "\n"],
    ["unwrapped metadata", materializedLine({ rows: 1 })],
    ["null exception", line("closed", { exception: null })],
    [
      "data version that is no text",
      line("report_asset_materialization", { asset_key: "a", metadata: null, data_version: 1 }),
    ],
    ["log message that is no text", line("log", { message: 1, level: "INFO" })],
    ["whole number as float", materializedLine({ f: { type: "float", raw_value: 7 } })],
    ["no raw_value", materializedLine({ f: { type: "null" } })],
    [
      "records with different fields",
      materializedLine({ t: { type: "table", raw_value: { records: [{ a: 1 }, { b: 1 }], schema: [] } } }),
    ],
  ])("trap 1: one bad message ends Dagster's reader, and the run succeeds all the same (%s)", async (_, bad) => {
    const answer = await driver.run({
      command: raw(opened, bad, materializedLine({ rows: { type: "int", raw_value: 1 } }), closed),
    });
    expect(readerDied(answer)).toBe(true);
    expect(answer.success).toBe(true);
    expect(materialization(answer).metadata).toEqual({});
  });

  test("trap 1: none of them can be sent; the call raises, and what comes after it arrives", async () => {
    const answer = await driver.run({ command: app("unsendable"), checks: [] });
    expectClean(answer);
    expect(answer.custom).toEqual([
      {
        level: "PIPES_ARGUMENT_INVALID",
        severity: "PIPES_ARGUMENT_INVALID",
        passed: "PIPES_ARGUMENT_INVALID",
        dataVersion: "PIPES_ARGUMENT_INVALID",
        asset: "PIPES_ARGUMENT_INVALID",
        stream: "PIPES_ARGUMENT_INVALID",
        metadata: "METADATA_INVALID",
        fraction: "METADATA_INVALID",
        long: "PIPES_MESSAGE_TOO_LONG",
      },
    ]);
    expect(materialization(answer).metadata).toEqual({ survived: { class: "BoolMetadataValue", value: "True" } });
  });

  test("trap 2: whole floats are floats, integers keep their digits, nothing is left out", async () => {
    const answer = await driver.run({ command: app("metadata") });
    expectClean(answer);
    expect(materialization(answer).metadata).toMatchObject({
      "plain whole float": { class: "FloatMetadataValue", value: "7.0" },
      "float whole and large": { class: "FloatMetadataValue", value: "9007199254740992.0" },
      "plain bigint": { class: "IntMetadataValue", value: "1180591620717411303424" },
      null: { class: "NullMetadataValue", value: null },
    });
  });

  test("trap 3: half a line ends Dagster's reader", async () => {
    const half = materializedLine(null).trimEnd();
    const answer = await driver.run({
      command: [process.execPath, "-e", halves, opened, half.slice(0, 40), half.slice(40), closed],
    });
    expect(readerDied(answer)).toBe(true);
  });

  test.each([
    ["large", 30],
    ["large, now and then", 60],
  ] as const)("trap 3: messages of 900 kB are read whole, every one (%s)", async (scenario, count) => {
    const answer = await driver.run({ command: app(scenario) });
    expectClean(answer);
    expect(answer.custom).toHaveLength(count);
    for (const [at, message] of answer.custom.entries())
      expect(message.at === at && message.text === largeText).toBe(true);
    if (scenario !== "large") return;
    expect(logged(answer)).toEqual([[20, largeText]]);
    expect(materialization(answer).metadata?.["text"]?.value).toBe(largeText);
  });

  test("trap 4: a single-run backfill has no partition in its context; the keys come in extras", async () => {
    const answer = await driver.run({
      command: app("context"),
      partitions: "daily",
      range: ["2026-01-02", "2026-01-04"],
      extras: { partition_keys: ["2026-01-02", "2026-01-03", "2026-01-04"] },
    });
    expectClean(answer);
    expect(answer.custom[0]).toMatchObject({
      isPartitionStep: false,
      partitionKey: "PIPES_CONTEXT_MISSING",
      partitionKeyRange: "PIPES_CONTEXT_MISSING",
      partitionTimeWindow: "PIPES_CONTEXT_MISSING",
      extras: { partition_keys: ["2026-01-02", "2026-01-03", "2026-01-04"] },
    });
    expect(materialized(answer)).toHaveLength(3);
  });

  test("trap 5: each log line is an event of Dagster's, a custom message is none", async () => {
    const logs = await driver.run({ command: app("logs") });
    expect(logged(logs)).toHaveLength(200);
    const bare = await driver.run({ command: app("bare") });
    const custom = await driver.run({ command: app("10,000") });
    expect(custom.custom).toHaveLength(10_000);
    expect(custom.events).toHaveLength(bare.events.length);
  });

  test("trap 6: a process that says nothing, or does not close, succeeds in Dagster as long as it exits with 0", async () => {
    for (const command of [
      raw(),
      raw(opened),
      raw(
        opened,
        line("closed", { exception: { message: "boom", stack: [], name: null, cause: null, context: null } }),
      ),
    ]) {
      expect((await driver.run({ command })).success).toBe(true);
    }
  });

  test("trap 6: ours never exits with 0 then", async () => {
    for (const scenario of ["never", "exit 0", "close"]) {
      const answer = await driver.run({ command: app(scenario) });
      expect(answer.success, scenario).toBe(false);
      expect(closedWith(answer), scenario).toBeDefined();
    }
  });

  test("trap 7: with forward_stdio=False nobody reads what is printed; messages do not need to be printed", async () => {
    const answer = await driver.run({ command: app("10,000"), forwardStdio: false });
    expectClean(answer);
    expect(answer.custom).toHaveLength(10_000);
  });

  test("trap 8: Dagster's component for processes ignores its backfill policy; ours is not built on it", async () => {
    const built = await driver.ask("executableComponent");
    expect(built).toMatchObject({ ours: false });
    expect(built["partitionsPerRun"]).not.toBe(7);
  });

  test("trap 9: an asset can not be reported twice: the second call raises, and says so", async () => {
    const answer = await driver.run({ command: app("twice") });
    expect(answer.success).toBe(false);
    expect(closedWith(answer)?.message).toBe(
      "[PIPES_ARGUMENT_INVALID] The asset a was reported already. Report it once, when all is done.",
    );
    const careless = await driver.run({ command: raw(opened, materializedLine(null), materializedLine(null), closed) });
    expect(careless.success).toBe(false);
    expect(JSON.stringify(careless.events)).toMatch(/returned an output .* multiple times/);
  });

  test("trap 10: a range of partitions is one run and one process", async () => {
    const range = ["2026-01-02", "2026-01-21"] as const;
    const answer = await driver.run({ command: app("context"), partitions: "daily", range });
    expectClean(answer);
    expect(answer.custom).toHaveLength(1);
    expect(new Set(materialized(answer).map(({ partition }) => partition)).size).toBe(20);
  });
}

const halves = `
const [opened, first, second, closed] = process.argv.slice(1);
const { inflateSync } = require("node:zlib");
const { path } = JSON.parse(inflateSync(Buffer.from(process.env.DAGSTER_PIPES_MESSAGES, "base64")));
const fs = require("node:fs");
fs.appendFileSync(path, opened + first);
setTimeout(() => fs.appendFileSync(path, second + "\\n" + closed), 300);
`;
