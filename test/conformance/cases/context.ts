import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { app } from "../commands.ts";
import type { Driver, StepRequest } from "../driver.ts";
import { expectClean } from "./events.ts";

const missing = "PIPES_CONTEXT_MISSING";
const large = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, at) => [`key ${at}`, { at, text: "é".repeat(100) }]),
);

export function describeContext(driver: Driver): void {
  async function told(step: Omit<StepRequest, "command">): Promise<any> {
    const answer = await driver.run({ command: app("context"), ...step });
    expectClean(answer);
    return { ...answer.custom[0], answer };
  }

  test("a plain run: what is not there is an error when asked for", async () => {
    const { answer, ...context } = await told({});
    expect(context).toEqual({
      runId: answer.runId,
      jobName: "__ASSET_JOB",
      retryNumber: 0,
      assetKeys: [["a"]],
      codeVersion: "v1",
      provenance: expect.toSatisfy((value) => value === null || typeof value.code_version === "string"),
      isPartitionStep: false,
      partitionKey: missing,
      partitionKeyRange: missing,
      partitionTimeWindow: missing,
      dimensions: missing,
      extras: {},
    });
  });

  test.each<[string, object]>([
    ["empty", {}],
    ["nested", { a: { b: [{ c: null }, 1.5, true, "x", []] }, "": "", "a/b": { ключ: "значение 😀" } }],
  ])("extras: %s", async (_, extras) => {
    expect((await told({ extras })).extras).toEqual(extras);
  });

  test("extras: large", async () => {
    const answer = await driver.run({ command: app("extras"), extras: large });
    expectClean(answer);
    const text = JSON.stringify(large);
    expect(answer.custom).toEqual([{ length: text.length, sha256: createHash("sha256").update(text).digest("hex") }]);
  });

  const berlin = { start: "2026-03-29T00:00:00+01:00", end: "2026-03-29T01:00:00+01:00" };
  const summer = { start: "2026-03-29T03:00:00+02:00", end: "2026-03-29T04:00:00+02:00" };
  test.each<[NonNullable<StepRequest["partitions"]>, string, object | null]>([
    ["static", "b", null],
    ["static", "é 😀", null],
    ["daily", "2026-01-02", { start: "2026-01-02T00:00:00+00:00", end: "2026-01-03T00:00:00+00:00" }],
    ["berlin", "2026-03-29-00:00", berlin],
    ["berlin", "2026-03-29-03:00", summer],
    ["dynamic", "customer 7/x", null],
  ])("a partition of kind %s: %s", async (partitions, partition, window) => {
    const context = await told({ partitions, partition });
    expect(context).toMatchObject({
      isPartitionStep: true,
      partitionKey: partition,
      partitionKeyRange: { start: partition, end: partition },
      partitionTimeWindow: window,
    });
    expect(context.answer.events.find(({ type }: { type: string }) => type === "ASSET_MATERIALIZATION").partition).toBe(
      partition,
    );
  });

  test("a partition with dimensions: their keys are joined in the order of the dimensions' names", async () => {
    expect(await told({ partitions: "multi", partition: "2026-01-02|eu" })).toMatchObject({
      partitionKey: "2026-01-02|eu",
      dimensions: { date: "2026-01-02", region: "eu" },
      partitionTimeWindow: { start: "2026-01-02T00:00:00+00:00", end: "2026-01-03T00:00:00+00:00" },
    });
  });

  test("code version and provenance", async () => {
    await driver.ask("report", { asset: ["up", "x"], dataVersion: "u-1" });
    const step = { assets: [["down"]], deps: [["up", "x"]] };
    expect(await told(step)).toMatchObject({ codeVersion: "v1", provenance: null });
    expect(await told(step)).toMatchObject({
      provenance: { code_version: "v1", input_data_versions: { "up/x": "u-1" }, is_user_provided: false },
    });
  });

  test("several assets: one of them has to be named", async () => {
    expect(await told({ assets: [["b"], ["a", "c/d"]] })).toMatchObject({
      assetKeys: [["a", "c/d"], ["b"]],
      codeVersion: missing,
      provenance: missing,
    });
  });

  test.each(["file", "env"] as const)("by %s, params by environment or arguments", async (injector) => {
    const extras = { text: "é😀" };
    expect((await told({ injector, extras })).extras).toEqual(extras);
    expect((await told({ injector, extras, session: true, arguments: true })).extras).toEqual(extras);
  });
}
