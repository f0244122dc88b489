import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const CASES = 29;
const repository = join(import.meta.dirname, "../..");

interface NamedTest {
  readonly name: string;
  readonly file: string;
}

/** The rows of the table of docs/guarantees.md: the tests that are named for each case. */
async function namedTests(): Promise<ReadonlyMap<string, readonly NamedTest[]>> {
  const page = await readFile(join(repository, "docs/guarantees.md"), "utf8");
  const rows = page.matchAll(/^\| (C\d+) +\|.*\|(.*)\|$/gm);
  return new Map(
    Array.from(rows, ([, number, cell]) => [
      number!,
      Array.from(cell!.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g), ([, name, file]) => ({ name: name!, file: file! })),
    ]),
  );
}

test("each case of docs/guarantees.md names a test that is there, by the case's number", async () => {
  const named = await namedTests();
  expect([...named.keys()]).toEqual(Array.from({ length: CASES }, (_, index) => `C${index + 1}`));
  for (const [number, tests] of named) {
    expect(tests.length, number).toBeGreaterThan(0);
    for (const { name, file } of tests) {
      expect(
        /^C\d+(, C\d+)*: /.test(name) && name.split(": ")[0]!.split(", ").includes(number),
        `${number}: ${name}`,
      ).toBe(true);
      expect(await readFile(join(repository, file), "utf8"), file).toContain(`"${name}`);
    }
  }
});
