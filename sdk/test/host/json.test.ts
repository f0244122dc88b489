import { describe, expect, test } from "vitest";
import { encodeJson, toJson } from "../../src/host/pipes/json.ts";
import { parseExactJson } from "../../src/host/pipes/parse-exact-json.ts";

const circular: Record<string, unknown> = { a: 1 };
circular["self"] = circular;
const shared = { x: 1 };

describe("toJson", () => {
  test.each<[string, unknown, unknown]>([
    ["undefined", undefined, null],
    ["undefined fields, functions and symbols", { a: undefined, b: () => 1, c: Symbol("s"), d: 1 }, { d: 1 }],
    ["undefined items", [undefined, 1], [null, 1]],
    ["NaN and infinities", [Number.NaN, Infinity, -Infinity], ["NaN", "Infinity", "-Infinity"]],
    ["bigint", 1n, 1n],
    ["Date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["bytes", new Uint8Array([1, 2, 3]), "AQID"],
    ["Buffer", Buffer.from("abc"), "YWJj"],
    ["Map and Set", new Map<unknown, unknown>([[1, new Set(["x"])]]), { "1": ["x"] }],
    ["Error", new TypeError("boom"), "TypeError: boom"],
    ["URL, by its toJSON", new URL("https://a.b/"), "https://a.b/"],
    ["boxed", [new Number(1), new String("s"), new Boolean(true)], [1, "s", true]],
    ["a cycle", circular, { a: 1, self: "[circular]" }],
    ["the same object twice is no cycle", [shared, shared], [{ x: 1 }, { x: 1 }]],
    ["lone surrogates, in keys too", { "\udc00": "\ud800" }, { "\ufffd": "\ufffd" }],
  ])("%s", (_, input, expected) => {
    expect(toJson(input)).toEqual(expected);
  });

  test("levels below the hundredth are trimmed, so that Python's reader does not give up", () => {
    const text = encodeJson(toJson(Array.from({ length: 5_000 }).reduce((inner) => [inner], 1)));
    expect(text).toBe(`${"[".repeat(100)}"[deeper levels trimmed]"${"]".repeat(100)}`);
  });

  test("a key named __proto__ is kept", () => {
    expect(encodeJson(toJson(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}');
  });
});

describe("encodeJson", () => {
  test("is ASCII, also where readers see line ends that JSON does not escape", () => {
    expect(encodeJson("é😀\u2028\u0085\x7f\n")).toBe(String.raw`"\u00e9\ud83d\ude00\u2028\u0085\u007f\n"`);
  });

  test("keeps all digits", () => {
    expect(encodeJson({ a: 2n ** 70n, b: 1.5 })).toBe('{"a":1180591620717411303424,"b":1.5}');
  });
});

describe("parseExactJson", () => {
  test("reads what JavaScript can hold", () => {
    expect(parseExactJson('{"a":9007199254740992,"b":1e300,"c":0.1,"d":-5}')).toEqual({
      a: 2 ** 53,
      b: 1e300,
      c: 0.1,
      d: -5,
    });
  });

  test.each(["9007199254740993", "-9007199254740993", `1${"0".repeat(400)}`])(
    "refuses %s, which would change",
    (digits) => {
      expect(() => parseExactJson(`{"id":${digits}}`)).toThrow(
        `[PIPES_CONTEXT_INVALID] "id" of the context is ${digits}`,
      );
    },
  );
});
