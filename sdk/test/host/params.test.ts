import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeParam, encodeParam, findParams } from "../../src/host/pipes/params.ts";

const context = { path: "/context" };
const messages = { path: "/messages" };
const env = { DAGSTER_PIPES_CONTEXT: encodeParam(context), DAGSTER_PIPES_MESSAGES: encodeParam(messages) };

describe("params are found", () => {
  test("in the environment", () => {
    expect(findParams({ env, argv: [] })).toEqual({ context, messages });
  });

  test("in the arguments, which win", () => {
    const other = { path: "/other" };
    expect(
      findParams({
        env,
        argv: ["x", "--dagster-pipes-context", encodeParam(other), "--dagster-pipes-messages", encodeParam(messages)],
      }),
    ).toEqual({ context: other, messages });
    expect(
      findParams({
        env: {},
        argv: [`--dagster-pipes-context=${encodeParam(other)}`, `--dagster-pipes-messages=${encodeParam(messages)}`],
      }),
    ).toEqual({ context: other, messages });
  });

  test("nowhere", () => {
    expect(findParams({ env: {}, argv: ["--other"] })).toBeNull();
    expect(findParams({ env: { DAGSTER_PIPES_CONTEXT: "" }, argv: [] })).toBeNull();
  });
});

test("a param that Python encoded", () => {
  expect(decodeParam("eJyrVipILMlQslJQ0k9UqgUAIM0EGA==")).toEqual({ path: "/a" });
});

describe("params that can not be read are refused by name", () => {
  test("one of two is missing", () => {
    expect(() => findParams({ env: { DAGSTER_PIPES_CONTEXT: env.DAGSTER_PIPES_CONTEXT }, argv: [] })).toThrow(
      "[PIPES_PARAMS_INVALID] DAGSTER_PIPES_MESSAGES is missing, though DAGSTER_PIPES_CONTEXT is there.",
    );
    expect(() => findParams({ env, argv: ["--dagster-pipes-context"] })).toThrow(
      "[PIPES_PARAMS_INVALID] --dagster-pipes-messages is missing",
    );
  });

  test.each([
    ["no base64 of zlib", "hello"],
    ["cut", env.DAGSTER_PIPES_CONTEXT.slice(0, 12)],
    ["no JSON", deflateSync("{").toString("base64")],
    ["a bomb", deflateSync(`{${" ".repeat(65 * 1024 * 1024)}}`).toString("base64")],
  ])("%s", (_, text) => {
    expect(() => decodeParam(text, "X")).toThrow("[PIPES_PARAMS_INVALID] X is not base64 of zlib of JSON.");
  });

  test.each(["[]", "null", '"text"', "1"])("%s is no object", (json) => {
    expect(() => decodeParam(deflateSync(json).toString("base64"), "X")).toThrow(
      "[PIPES_PARAMS_INVALID] X holds no JSON object.",
    );
  });
});
