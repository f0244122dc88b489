import { describe, expect, test } from "vitest";
import { formatAssetKey, parseAssetKey } from "../../src/host/pipes/asset-key.ts";
import { parseContextData, toContextData } from "../../src/host/pipes/context-data.ts";
import { PipesContext } from "../../src/host/pipes/context.ts";
import { context as contextSchema } from "../../src/host/schema/context-schema.ts";
import { bareContext } from "./launched.ts";

const given = (changes: object = {}): PipesContext =>
  new PipesContext(toContextData({ ...bareContext, ...changes }, "the test"));

describe("asking for what is not there is an error, not an empty text", () => {
  test.each<[string, (context: PipesContext) => unknown, string]>([
    [
      "partition",
      (context) => context.partitionKey,
      "[PIPES_CONTEXT_MISSING] The run has no partition. Launch it for a partition, or do not ask for one.",
    ],
    ["range", (context) => context.partitionKeyRange, "[PIPES_CONTEXT_MISSING] The run has no partition."],
    ["window", (context) => context.partitionTimeWindow, "[PIPES_CONTEXT_MISSING] The run has no partition."],
    ["extra", (context) => context.extra("x"), '[PIPES_CONTEXT_MISSING] The launcher passed no "x".'],
    [
      "inherited extra",
      (context) => context.extra("toString"),
      '[PIPES_CONTEXT_MISSING] The launcher passed no "toString".',
    ],
  ])("%s", (_, ask, message) => {
    expect(() => ask(given())).toThrow(message);
  });

  test("one asset of none, one of several", () => {
    expect(() => given({ asset_keys: null }).assetKey).toThrow("[PIPES_CONTEXT_MISSING] The run is about no asset.");
    expect(() => given({ asset_keys: ["a", "b"] }).assetKey).toThrow(
      "[PIPES_CONTEXT_MISSING] The run is about several assets.",
    );
  });

  test("one partition of several", () => {
    expect(() => given({ partition_key_range: { start: "a", end: "b" } }).partitionKey).toThrow(
      "[PIPES_CONTEXT_MISSING] The run has several partitions.",
    );
  });
});

test("what is there", () => {
  const context = given({
    asset_keys: ["x\\/y/z"],
    code_version_by_asset_key: { "x\\/y/z": "v1" },
    provenance_by_asset_key: {
      "x\\/y/z": { code_version: "v0", input_data_versions: { up: "1" }, is_user_provided: true },
    },
    partition_key: "2026-01-02|eu",
    partition_key_range: { start: "2026-01-02|eu", end: "2026-01-02|eu" },
    extras: { a: null },
  });
  expect(context.assetKey).toEqual(["x/y", "z"]);
  expect(context.codeVersion()).toBe("v1");
  expect(context.provenance()).toEqual({
    code_version: "v0",
    input_data_versions: { up: "1" },
    is_user_provided: true,
  });
  expect(context.partitionKeyByDimension("region", "date")).toEqual({ date: "2026-01-02", region: "eu" });
  expect(() => context.partitionKeyByDimension("date")).toThrow('Partition "2026-01-02|eu" has 2 dimensions, not 1.');
  expect(context.partitionTimeWindow).toBeNull();
  expect(context.extra("a")).toBeNull();
  expect(context.retryNumber).toBe(0);
});

test.each([[["a"]], [["a", "b"]], [["a/b", "c\\d", "e\\/f"]]])("asset key %j survives", (key) => {
  expect(parseAssetKey(formatAssetKey(key))).toEqual(key);
});

test("keys that are left out are null", () => {
  expect(toContextData({ run_id: "r" }, "x")).toEqual({
    ...bareContext,
    asset_keys: null,
    code_version_by_asset_key: null,
    provenance_by_asset_key: null,
    job_name: null,
    run_id: "r",
  });
});

describe("a context that is none is refused, saying where and what", () => {
  test.each<[string, string]>([
    ["", "The context in /c is not JSON."],
    ["{", "The context in /c is not JSON."],
    ['{"run_id":"r","extras":{"a":NaN}}', "The context in /c is not JSON."],
    ["[]", "The context in /c is not a JSON object."],
    ["null", "The context in /c is not a JSON object."],
    ["{}", "The context in /c has no run_id."],
    ['{"run_id":1}', "The context in /c has no run_id."],
    ['{"run_id":"r","partition_key":1}', "partition_key in /c is not a string."],
    [
      '{"run_id":"r","partition_key_range":{"start":"a"}}',
      "partition_key_range in /c is not an object of start and end.",
    ],
    ['{"run_id":"r","asset_keys":"a"}', "asset_keys in /c is not an array of strings."],
    ['{"run_id":"r","retry_number":-1}', "retry_number in /c is not a whole number."],
    ['{"run_id":"r","extras":[]}', "extras in /c is not an object."],
    [
      '{"run_id":"r","provenance_by_asset_key":{"a":1}}',
      "provenance_by_asset_key in /c is not an object of provenances.",
    ],
    [
      '{"run_id":"r","extras":{"id":9007199254740993}}',
      '"id" of the context is 9007199254740993, which a JavaScript number would change.',
    ],
  ])("%s", (text, message) => {
    expect(() => parseContextData(text, "/c")).toThrow(`[PIPES_CONTEXT_INVALID] ${message}`);
    const parsed = (() => {
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    })();
    if (!message.includes("JavaScript number")) expect(contextSchema.safeParse(parsed).success).toBe(false);
  });

  test("a good one agrees with the schema", () => {
    expect(contextSchema.safeParse(bareContext).error).toBeUndefined();
  });
});
