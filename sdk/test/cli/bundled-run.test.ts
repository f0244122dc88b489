import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noteDatabase, operator, type NoteDatabase } from "./note-operator.ts";
import { makeProject, type Project, type Ran } from "./project.ts";

let database: NoteDatabase;
beforeAll(async () => {
  database = await noteDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Runs \`x\` from its sources, then from the bundle that this made. */
async function runBoth(project: Project): Promise<readonly [sources: Ran, bundle: Ran]> {
  const sources = await project.run("x", database);
  const record = await project.bundleText(".json");
  const bundle = await project.run("x", database);
  expect(await project.bundleText(".json")).toBe(record);
  return [sources, bundle];
}

async function expectNote(project: Project, expected: string): Promise<void> {
  for (const { code, stderr, exception } of await runBoth(project)) {
    expect({ code, message: exception?.message, stderr: stderr.replaceAll(/^\{.*\}\n/gm, "") }).toEqual({
      code: 0,
      message: undefined,
      stderr: "",
    });
    expect(await database.note()).toBe(expected);
  }
}

const frames = (ran: Ran, folder: string) =>
  ran.exception?.stack.map((line) => line.trim().replace("file://", "")).filter((line) => line.includes(folder));

test("the stack of an error names the lines of the TypeScript sources", async () => {
  const fail = `// A comment that is in no bundle.
export class Refusal extends Error {}
export async function fail(what: string): Promise<never> {
  await Promise.resolve();
  throw new Refusal(\`no \${what}\`, { cause: new TypeError("why") });
}
`;
  await using project = await makeProject({
    "operators/x.ts": operator('import { fail } from "../lib/fail.ts";', 'await fail("rows")'),
    "lib/fail.ts": fail,
  });
  const [sources, bundle] = await runBoth(project);
  expect(bundle.exception).toMatchObject({ name: "Error", message: "no rows" });
  expect(frames(bundle, project.folder)).toEqual([
    `at fail (${project.folder}/lib/fail.ts:5:9)`,
    `at async Object.extract (${project.folder}/operators/x.ts:9:26)`,
  ]);
  expect(frames(bundle, project.folder)).toEqual(frames(sources, project.folder));
  const cause = (ran: Ran) => ran.messages.at(-1)?.params.exception.cause;
  expect(cause(bundle)).toMatchObject({ name: "TypeError", message: "why" });
  // Also in the SDK and in packages.
  const all = bundle.exception?.stack.join("") ?? "";
  expect(all).toContain("sdk/src/operator/run-partition.ts:");
  expect(all).not.toContain(".cjs");
});

test("an error that nobody catches names its line too, also when its bundle was replaced meanwhile", async () => {
  const waits = `const wait = async () => {
  const { existsSync, writeFileSync } = await import("node:fs");
  writeFileSync(new URL("../waits", import.meta.url), "");
  while (!existsSync(new URL("../go", import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 10));
  setImmediate(() => {
    throw new RangeError("nobody catches this");
  });
  return new Promise<string>(() => {});
};`;
  await using project = await makeProject({
    "operators/x.ts": operator(waits, "await wait()"),
  });
  await project.run("x"); // which ends before it extracts
  const before = await project.bundleFiles();
  expect(before).toHaveLength(3);
  const run = project.run("x", database);
  while (!existsSync(join(project.folder, "waits"))) await new Promise((resolve) => setTimeout(resolve, 10));
  await project.write("operators/x.ts", operator('const wait = async () => "";', "await wait()"));
  await project.run("x"); // without a database it takes nothing from the other one
  expect(await project.bundleFiles()).not.toEqual(before);
  await project.write("go", "");
  const { code, exception, stderr } = await run;
  expect({ code, message: exception?.message }).toEqual({ code: 1, message: "nobody catches this" });
  expect(stderr).toMatch(/RangeError: nobody catches this\n\s+at .*operators\/x\.ts:10:11/);
});

test("the first run that succeeds leaves compiled code; what is no such code is not used", async () => {
  await using project = await makeProject({ "operators/x.ts": operator("", '"a"') });
  await expectNote(project, "a");
  const compiled = (await project.bundleFiles()).find((name) => name.endsWith(".v8"));
  const path = join(project.bundles, compiled!);
  const content = await readFile(path);
  for (const damaged of [Buffer.from("garbage"), content.subarray(0, 1000), Buffer.alloc(content.length)]) {
    await writeFile(path, damaged);
    expect((await project.run("x", database)).code).toBe(0);
    expect((await readFile(path)).length).toBeGreaterThan(1000);
  }
});

describe("files that lie beside a source are found from a bundle", () => {
  test("by import.meta, in the operator and in a module elsewhere", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator(
        'import { readFileSync } from "node:fs";\nimport { word } from "../lib/word.ts";\nconst read = readFileSync(new URL("./word.txt", import.meta.url), "utf8");',
        "`${read} ${word} ${import.meta.filename} ${import.meta.dirname} ${import.meta.main} ${import.meta.resolve('../lib/word.ts')} ${(await import('node:path')).posix.sep}`",
      ),
      "operators/word.txt": "one",
      "lib/word.ts":
        'import { readFileSync } from "node:fs";\nexport const word = readFileSync(`${import.meta.dirname}/word.txt`, "utf8");\n',
      "lib/word.txt": "two",
    });
    const operators = join(project.folder, "operators");
    await expectNote(project, `one two ${operators}/x.ts ${operators} false file://${project.folder}/lib/word.ts /`);
  });

  test("by __dirname, in a CommonJS package", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator('import word from "word";', "word"),
      "node_modules/word/package.json": '{ "name": "word", "version": "1.0.0" }',
      "node_modules/word/index.js":
        '"use strict"; module.exports = require("fs").readFileSync(__dirname + "/word.txt", "utf8");',
      "node_modules/word/word.txt": "three",
    });
    await expectNote(project, "three");
  });

  test("by a worker", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator(
        'import { once } from "node:events";\nimport { Worker } from "node:worker_threads";',
        '(await once(new Worker(new URL("./work.ts", import.meta.url)), "message"))[0]',
      ).replace('"operators/*.ts"', ""),
      "millrace.config.ts": 'export default { operators: "operators/x.ts" };',
      "operators/work.ts":
        'import { parentPort } from "node:worker_threads";\nconst done: string = "four";\nparentPort?.postMessage(done);\n',
    });
    await expectNote(project, "four");
  });
});

test("a module may await at its top", async () => {
  await using project = await makeProject({
    "operators/x.ts": operator(
      'import { readFile } from "node:fs/promises";\nimport words from "words";\nconst word = await readFile(new URL("./word.txt", import.meta.url), "utf8");',
      "`${word} ${words.join()}`",
    ),
    "operators/word.txt": "one",
    "node_modules/words/package.json": '{ "name": "words", "version": "1.0.0" }',
    "node_modules/words/index.js":
      'module.exports = [require("path").posix.basename("a/two"), typeof require("node:crypto").createHash];',
  });
  await expectNote(project, "one two,function");
});

test("a package with machine code stays where it is", async () => {
  await using project = await makeProject({
    "operators/x.ts": operator('import { where } from "engine";', "where()"),
    "node_modules/engine/package.json":
      '{ "name": "engine", "version": "1.0.0", "dependencies": { "bindings": "^1.5.0" } }',
    // As `bindings` does: it looks for the binary from the file of whoever asks.
    "node_modules/engine/index.js":
      'exports.where = (marker = "stays here") => new Error().stack.split("\\n")[1].match(/\\(?(\\/.*):\\d+:\\d+/)[1];',
  });
  await expectNote(project, `${project.folder}/node_modules/engine/index.js`);
  expect(await project.bundleText(".cjs")).not.toContain("stays here");
});

test("functions and classes of a project keep their names beside all others", async () => {
  await using project = await makeProject({
    "operators/x.ts": operator(
      'import { other } from "../lib/other.ts";\nclass FatalError extends Error {\n  override name = this.constructor.name;\n}\nfunction sql2() {}',
      "[new FatalError().name, sql2.name, ...other].join()",
    ),
    "lib/other.ts": "class FatalError {}\nfunction parse() {}\nexport const other = [FatalError.name, parse.name];\n",
  });
  await expectNote(project, "FatalError,sql2,FatalError,parse");
});
