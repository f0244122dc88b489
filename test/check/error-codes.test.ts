import { join } from "node:path";
import { expect, test } from "vitest";
import { codeProblems } from "./error-codes/problems.ts";
import { errorSections } from "./error-codes/reference.ts";
import { codesIn } from "./error-codes/used-codes.ts";

const repository = join(import.meta.dirname, "../..");
const errors = errorSections.flatMap((section) => section.errors);
const explained = errors.flatMap(({ codes }) => codes);

test("docs/errors.md explains every code that is raised anywhere, and no other", async () => {
  expect(await codeProblems(repository)).toEqual([]);
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
