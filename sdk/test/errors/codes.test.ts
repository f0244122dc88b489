import { MillraceError, RecordError } from "@millrace/sdk";
import { expect, test } from "vitest";
import { redact } from "../../src/errors/redact.ts";

test("an error reads [CODE] what happened. What to do.", () => {
  const error = new MillraceError("CODE", "It broke", { fix: "Mend it", cause: new Error("why") });
  expect(error.message).toBe("[CODE] It broke. Mend it.");
  expect(error.cause).toEqual(new Error("why"));
  expect(new RecordError("CODE", "bad", { field: "x" }).rejection).toEqual({ code: "CODE", reason: "bad", field: "x" });
});

test.for([
  ["postgres://me:secret@host/db", "postgres://me:***@host/db"],
  ["postgresql://me:se%40cret@host:5432/db?x=1 failed", "postgresql://me:***@host:5432/db?x=1 failed"],
  ["host=h password=secret user=me", "host=h password=*** user=me"],
  ["host=h password='se cret' user=me", "host=h password=*** user=me"],
  ["postgres://me@host/db", "postgres://me@host/db"],
])("C28: %s", ([text, redacted]) => {
  expect(redact(text!)).toBe(redacted);
});
