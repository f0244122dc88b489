import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorReference, errorSections } from "./error-codes/reference.ts";
import { codesIn, usedCodes } from "./error-codes/used-codes.ts";

const repository = join(import.meta.dirname, "../..");
const errors = errorSections.flatMap((section) => section.errors);
const explained = errors.flatMap(({ codes }) => codes);

test("docs/errors.md says what the codes' explanations say; written by `node test/check/write-errors.ts`", async () => {
  expect(await readFile(join(repository, "docs/errors.md"), "utf8")).toBe(errorReference());
});

test("every code that is raised anywhere is explained, and no other", async () => {
  const used = await usedCodes(repository);
  const unexplained = [...used].filter(([code]) => !explained.includes(code));
  expect(unexplained.map(([code, files]) => `${code} in ${files.join(", ")}`)).toEqual([]);
  expect(explained.filter((code) => !used.has(code) && code !== "SERVER_…")).toEqual([]);
});

test("each is explained once, with what it means and what to do", () => {
  expect(explained).toEqual([...new Set(explained)]);
  for (const { codes, cause, fix } of errors)
    expect([codes.length, cause.length, fix.length], codes[0]).not.toContain(0);
});

test.for([
  ['throw new FatalError("FENCED", "x")', ["FENCED"]],
  ['return fail(\n  "SOURCE_MOVING",', ["SOURCE_MOVING"]],
  ["raise MillraceError('NODE_MISSING', text)", ["NODE_MISSING"]],
  ['{ code: "SCHEMA", reason }', ["SCHEMA"]],
  ['  "23514": "CHECK",', ["CHECK"]],
  ["`[BUNDLE] ${name} starts`", ["BUNDLE"]],
  ['env["DATABASE_URL"] ?? "GET"', []],
] as const)("a code is found in %s", ([source, codes]) => {
  expect(codesIn(source)).toEqual(codes);
});
