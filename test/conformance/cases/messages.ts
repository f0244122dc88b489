import { expect, test } from "vitest";
import { largeText, unicode } from "../app/payloads.ts";
import { app } from "../commands.ts";
import type { Driver } from "../driver.ts";
import { expectClean, logged, materialization, materialized } from "./events.ts";

export function describeMessages(driver: Driver): void {
  test("opened and closed: nothing else is there", async () => {
    const answer = await driver.run({ command: app("bare") });
    expectClean(answer);
    expect(
      answer.events.some(({ message }) => message === "[pipes] external process successfully opened dagster pipes."),
    ).toBe(true);
    expect(materialization(answer).metadata).toEqual({});
  });

  test("every metadata type", async () => {
    const answer = await driver.run({ command: app("metadata") });
    expectClean(answer);
    const { metadata, tags } = materialization(answer);
    expect(metadata).toEqual(everyMetadata);
    expect(tags).toMatchObject({ "dagster/data_version": "v-1", "dagster/data_version_is_user_provided": "true" });
  });

  test("every level of log", async () => {
    const answer = await driver.run({ command: app("levels") });
    expectClean(answer);
    expect(logged(answer)).toEqual([
      [10, "at debug 100% {} %s"],
      [20, "at info 100% {} %s"],
      [30, "at warning 100% {} %s"],
      [40, "at error 100% {} %s"],
      [50, "at critical 100% {} %s"],
    ]);
  });

  test("checks, passed and not, of each severity, with metadata", async () => {
    const answer = await driver.run({ command: app("checks"), checks: ["good", "poor", "bad"] });
    expectClean(answer);
    const checks = answer.events.filter(({ type }) => type === "ASSET_CHECK_EVALUATION");
    expect(checks.map(({ check, passed, severity }) => [check, passed, severity])).toEqual([
      ["good", true, "ERROR"],
      ["poor", false, "WARN"],
      ["bad", false, "ERROR"],
    ]);
    expect(checks[0]?.metadata).toEqual({ rows: { class: "IntMetadataValue", value: "3" } });
    expect(checks[2]?.metadata).toEqual(everyMetadata);
  });

  test("several assets, with slashes and backslashes in their keys", async () => {
    const assets = [["a"], ["x", "y"], ["p/q", "r"], ["b\\c"]];
    const answer = await driver.run({ command: app("assets"), assets });
    expectClean(answer);
    const found = materialized(answer).map(({ asset, metadata, tags }) => [
      asset,
      metadata?.["key"]?.value,
      tags?.["dagster/data_version"],
    ]);
    expect(found.toSorted()).toEqual(assets.map((key) => [key, key.join("→"), `v of ${key.join(" ")}`]).toSorted());
  });

  test("custom messages of every shape", async () => {
    const answer = await driver.run({ command: app("custom") });
    expectClean(answer);
    // JavaScript reads Python's answer: of 2 ** 70 the digits are seen in the test of metadata.
    expect(answer.custom).toEqual([null, true, 0, -0.5, "x", [], {}, [[{}]], { a: { b: [1, "2", null] } }, 2 ** 70]);
  });

  test("what JSON can not hold is made right", async () => {
    const answer = await driver.run({ command: app("repaired") });
    expectClean(answer);
    expect(answer.custom.slice(0, -1)).toEqual([
      null,
      "NaN",
      "1970-01-01T00:00:00.000Z",
      { a: [1] },
      "YWJj",
      { self: "[circular]" },
      "\ufffd",
      "TypeError: boom",
      {},
    ]);
    expect(JSON.stringify(answer.custom.at(-1))).toContain("[deeper levels trimmed]");
    expect(logged(answer)).toEqual([
      [20, "5"],
      [20, "\ufffd lone"],
    ]);
  });

  test("external streams reach Dagster's own, unicode and two million characters too", async () => {
    const answer = await driver.run({ command: app("externalStream") });
    expectClean(answer);
    expect(answer.stdout).toContain(`out ${unicode}\n${"y".repeat(2_000_000)}\n`);
    expect(answer.stderr).toContain("err\n");
  });

  test("10,000 messages, all there and in order", async () => {
    const answer = await driver.run({ command: app("10,000") });
    expectClean(answer);
    expect(answer.custom.map(({ at }) => at)).toEqual(Array.from({ length: 10_000 }, (_, at) => at));
  });

  test("unicode everywhere", async () => {
    const answer = await driver.run({ command: app("unicode"), extras: { text: unicode } });
    expectClean(answer);
    expect(logged(answer)).toEqual([[20, unicode]]);
    expect(answer.custom).toEqual([{ [unicode]: [unicode, unicode] }]);
    const { metadata, tags } = materialization(answer);
    expect(metadata?.[unicode]).toEqual({ class: "TextMetadataValue", value: unicode });
    expect(metadata?.["table"]?.value).toMatchObject({ records: [{ [unicode]: unicode }] });
    expect(tags?.["dagster/data_version"]).toBe(unicode);
  });

  test("a long message arrives whole, a longer one trimmed with a word that it was", async () => {
    const answer = await driver.run({ command: app("too large") });
    expect(answer.success).toBe(false);
    const [[, message] = [0, ""]] = logged(answer);
    expect(message).toMatch(/^0123456789.*… \[trimmed, 2700000 characters in all\]$/);
    const closed = answer.events.find(({ error, type }) => type === "ENGINE_EVENT" && error)?.error;
    expect(closed?.message).toMatch(/… \[trimmed, 2700000 characters in all\]$/);
    expect(closed?.stack.at(-1)).toBe("    … [trimmed, 100002 frames in all]\n");
    expect(largeText.repeat(3).startsWith(message.slice(0, 100_000))).toBe(true);
  });
}

const column = { type: "string", description: null, nullable: true, unique: false, other: [], tags: {} };
const everyMetadata = {
  "plain text": { class: "TextMetadataValue", value: "x" },
  "plain int": { class: "IntMetadataValue", value: "842" },
  "plain float": { class: "FloatMetadataValue", value: "0.5" },
  "plain whole float": { class: "FloatMetadataValue", value: "7.0" },
  "plain bigint": { class: "IntMetadataValue", value: "1180591620717411303424" },
  "plain bool": { class: "BoolMetadataValue", value: "True" },
  "plain null": { class: "NullMetadataValue", value: null },
  "plain date": { class: "TimestampMetadataValue", value: "1356998400.0" },
  "plain NaN": { class: "TextMetadataValue", value: "NaN" },
  "plain infinity": { class: "TextMetadataValue", value: "-Infinity" },
  text: { class: "TextMetadataValue", value: "x" },
  url: { class: "UrlMetadataValue", value: "https://a.b/c" },
  path: { class: "PathMetadataValue", value: "/a/b" },
  notebook: { class: "NotebookMetadataValue", value: "/a.ipynb" },
  json: { class: "JsonMetadataValue", value: { list: [1, null, true, "x", 2 ** 70], nested: { a: {} } } },
  "json list": { class: "JsonMetadataValue", value: [1, 2] },
  "json scalar": { class: "IntMetadataValue", value: "5" },
  "json null": { class: "JsonMetadataValue", value: null },
  markdown: { class: "MarkdownMetadataValue", value: "# a" },
  int: { class: "IntMetadataValue", value: "-5" },
  float: { class: "FloatMetadataValue", value: "1.25" },
  "float zero": { class: "FloatMetadataValue", value: "-0.0" },
  "float large": { class: "FloatMetadataValue", value: "1e+300" },
  "float whole and large": { class: "FloatMetadataValue", value: "9007199254740992.0" },
  bool: { class: "BoolMetadataValue", value: "False" },
  timestamp: { class: "TimestampMetadataValue", value: "1356998400.0" },
  run: { class: "DagsterRunMetadataValue", value: "00000000-0000-0000-0000-000000000000" },
  asset: { class: "DagsterAssetMetadataValue", value: ["warehouse", "flights"] },
  null: { class: "NullMetadataValue", value: null },
  table: {
    class: "TableMetadataValue",
    value: {
      records: [
        { a: 1, b: "x", c: null, d: null },
        { a: 2.5, b: '{"nested":true}', c: null, d: "1970-01-01T00:00:00.000Z" },
      ],
      columns: [
        { ...column, name: "a", type: "float" },
        { ...column, name: "b" },
        { ...column, name: "c" },
        { ...column, name: "d" },
      ],
    },
  },
  "table with columns": {
    class: "TableMetadataValue",
    value: {
      records: [{ a: 2 ** 70 }],
      columns: [
        { ...column, name: "a", type: "numeric", description: "d", nullable: false, unique: true, other: ["> 0"] },
      ],
    },
  },
  "empty table": { class: "TableMetadataValue", value: { records: [], columns: [] } },
  schema: {
    class: "TableSchemaMetadataValue",
    value: [
      { ...column, name: "a", type: "text", tags: { k: "v" } },
      { ...column, name: "b" },
    ],
  },
  lineage: {
    class: "TableColumnLineageMetadataValue",
    value: {
      a: [
        [["up/stream", "x"], "b"],
        [["y"], "c"],
      ],
      none: [],
    },
  },
};
