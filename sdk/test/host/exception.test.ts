import { expect, test } from "vitest";
import { toPipesException } from "../../src/host/pipes/exception.ts";
import { exception } from "../../src/host/schema/message-schema.ts";

test("an error carries its class, message, stack and chain of causes", () => {
  const error = new TypeError("boom", { cause: new RangeError("why", { cause: "text" }) });
  const sent = toPipesException(error);
  expect(sent).toMatchObject({
    name: "TypeError",
    message: "boom",
    context: null,
    cause: {
      name: "RangeError",
      message: "why",
      cause: { name: "string", message: "string thrown: text", stack: [], cause: null, context: null },
    },
  });
  expect(sent.stack[0]).toBe("TypeError: boom\n");
  expect(sent.stack[1]).toMatch(/^ {4}at .*exception\.test\.ts:\d+:\d+\)?\n$/);
  expect(exception.safeParse(sent).error).toBeUndefined();
});

const ring = new Error("a");
ring.cause = new Error("b", { cause: ring });
const strange = Object.defineProperties(new Error("x"), {
  stack: {
    get: () => {
      throw new Error("no stack");
    },
  },
  message: {
    get: () => {
      throw new Error("no message");
    },
  },
});
const many = Array.from({ length: 1_000 }).reduce<Error | undefined>(
  (cause, _, at) => new Error(String(at), { cause }),
  undefined,
);

test.each<[string, unknown, object]>([
  ["string", "boom", { name: "string", message: "string thrown: boom" }],
  ["undefined", undefined, { name: "undefined", message: "undefined thrown: undefined" }],
  ["null", null, { name: "null", message: "null thrown: null" }],
  ["object", { a: 1n }, { name: "object", message: "object thrown: { a: 1n }" }],
  ["symbol", Symbol("s"), { name: "symbol", message: "symbol thrown: Symbol(s)" }],
  ["error with its own name", Object.assign(new Error("m"), { name: "MyError" }), { name: "MyError", message: "m" }],
  [
    "error whose message is an object",
    Object.assign(new Error(), { message: { a: 1 } }),
    { message: "[object Object]" },
  ],
  ["error without a stack", Object.assign(new Error("m"), { stack: undefined }), { stack: [] }],
  ["error that can not be read", strange, { message: "(unreadable)", stack: ["(unreadable)\n"] }],
  ["causes in a ring", ring, { message: "a", cause: { message: "b", cause: null } }],
  ["lone surrogate", new Error("\ud800"), { message: "\ufffd" }],
  [
    "AggregateError",
    new AggregateError([new TypeError("one"), "two"], "all failed"),
    {
      name: "AggregateError",
      message: "all failed (2 errors)\n  - TypeError: one\n  - two",
      cause: { name: "TypeError", message: "one" },
    },
  ],
])("whatever is thrown: %s", (_, thrown, expected) => {
  const sent = toPipesException(thrown);
  expect(sent).toMatchObject(expected);
  expect(exception.safeParse(sent).error).toBeUndefined();
});

test("a chain of a thousand causes is cut", () => {
  let depth = 0;
  for (let at = toPipesException(many).cause; at; at = at.cause) depth++;
  expect(depth).toBe(19);
});
