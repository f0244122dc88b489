import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");

/** What hands a text to a shell; a regular expression's `exec` is not meant. */
const SHELL =
  /\bshell:|\bexecaCommand|\bexecSync\b|import \{[^}]*\bexec\b[^}]*\} from "node:child_process"|\bshell=True|\bos\.(system|popen)\b/;

test("names, partitions and config are never a part of a shell's line: no published source starts one", async () => {
  const found: string[] = [];
  let read = 0;
  const sources = glob(
    ["sdk/src/**/*.{ts,mjs}", "operators/src/**/*.ts", "create-millrace/*.{ts,mjs}", "orchestrator-config/src/**/*.py"],
    { cwd: repository },
  );
  for await (const path of sources) {
    read += 1;
    if (SHELL.test(await readFile(join(repository, path), "utf8"))) found.push(path);
  }
  expect(read).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
