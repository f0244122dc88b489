import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError, RecordError } from "@millrace/sdk";
import { expect, test } from "vitest";
import { redact } from "../../src/errors/redact.ts";

const root = join(import.meta.dirname, "../../..");

test("every error code is explained in docs/errors.md", async () => {
  const docs = await readFile(join(root, "docs/errors.md"), "utf8");
  const codes = new Set<string>();
  for await (const file of glob(
    "{sdk/src,operators/src,example-project/scripts,orchestrator-config/src}/**/*.{ts,py}",
    { cwd: root },
  )) {
    const source = await readFile(join(root, file), "utf8");
    for (const [, code] of source.matchAll(/(?:Error\(\s*|malformed\(row, |code: )"([A-Z][A-Z0-9_]{3,})"/g))
      codes.add(code!);
  }
  expect(codes.size).toBeGreaterThan(60);
  expect([...codes].filter((code) => code !== "CODE" && !docs.includes(`\`${code}\``))).toEqual([]);
});

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
