import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project, type Ran } from "./project.ts";

let server: PostgresServer;
let DATABASE_URL: string;
beforeAll(async () => {
  server = await startPostgres();
  DATABASE_URL = await server.createDatabase("operators");
  const sql = postgres(DATABASE_URL, { max: 1 });
  await sql`CREATE TABLE t (id integer, note text)`;
  await sql.end();
});
afterAll(() => server[Symbol.asyncDispose]());

const HEAD = `import { defineOperator, query, replace } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
const table = pgTable("t", { id: integer("id"), note: text("note") });
`;

/** An operator \`x\` that loads one row, with the note that \`note\` returns when it extracts. */
function operator(before: string, note: string): string {
  return `${HEAD}${before}
export default defineOperator({
  name: "x",
  extract: async () => {
    const note: string = ${note};
    return query(sql\`SELECT 1 AS id, \${note}::text AS note\`);
  },
  target: table,
  load: replace(),
});
`;
}

/** Runs \`x\` from its sources, then from the bundle that this made. */
async function runBoth(project: Project): Promise<readonly [sources: Ran, bundle: Ran]> {
  const sources = await project.run("x", { env: { DATABASE_URL } });
  const record = await project.bundleText(".json");
  const bundle = await project.run("x", { env: { DATABASE_URL } });
  expect(await project.bundleText(".json")).toBe(record);
  return [sources, bundle];
}

async function loadedNote(): Promise<string> {
  const sql = postgres(DATABASE_URL, { max: 1 });
  const [row] = await sql`SELECT note FROM t`;
  await sql.end();
  return row?.["note"] as string;
}

async function expectNote(project: Project, expected: string): Promise<void> {
  for (const { code, stderr, exception } of await runBoth(project)) {
    expect({ code, message: exception?.message, stderr: stderr.replaceAll(/^\{.*\}\n/gm, "") }).toEqual({
      code: 0,
      message: undefined,
      stderr: "",
    });
    expect(await loadedNote()).toBe(expected);
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
    "operators/x.ts": operator('const wait = async () => "";', "await wait()"),
  });
  await project.write("operators/x.ts", operator(waits, "await wait()"));
  await project.write("go", "");
  await project.run("x", { env: { DATABASE_URL } });
  const before = await project.bundleFiles();
  for (const name of ["go", "waits"]) await rm(join(project.folder, name));
  const run = project.run("x", { env: { DATABASE_URL } });
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
    expect((await project.run("x", { env: { DATABASE_URL } })).code).toBe(0);
    expect((await readFile(path)).length).toBeGreaterThan(1000);
  }
});

describe("files that lie beside a source are found from a bundle", () => {
  test("by import.meta, in the operator and in a module elsewhere", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator(
        'import { readFileSync } from "node:fs";\nimport { word } from "../lib/word.ts";\nconst read = readFileSync(new URL("./word.txt", import.meta.url), "utf8");',
        "`${read} ${word} ${import.meta.filename} ${import.meta.dirname} ${import.meta.main} ${import.meta.resolve('../lib/word.ts')}`",
      ),
      "operators/word.txt": "one",
      "lib/word.ts":
        'import { readFileSync } from "node:fs";\nexport const word = readFileSync(`${import.meta.dirname}/word.txt`, "utf8");\n',
      "lib/word.txt": "two",
    });
    const operators = join(project.folder, "operators");
    await expectNote(project, `one two ${operators}/x.ts ${operators} false file://${project.folder}/lib/word.ts`);
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

test("a package with machine code stays where it is", async () => {
  await using project = await makeProject({
    "operators/x.ts": operator('import { where } from "engine";', "where()"),
    "node_modules/engine/package.json":
      '{ "name": "engine", "version": "1.0.0", "dependencies": { "bindings": "^1.5.0" } }',
    // As `bindings` does: it looks for the binary from the file of whoever asks.
    "node_modules/engine/index.js":
      'exports.where = () => new Error().stack.split("\\n")[1].match(/\\(?(\\/.*):\\d+:\\d+/)[1];',
  });
  await expectNote(project, `${project.folder}/node_modules/engine/index.js`);
  expect(await project.bundleText(".cjs")).not.toContain("exports.where");
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

describe("an operator that does not load is reported as it is from its sources", () => {
  test.for<[what: string, code: string]>([
    ["a syntax error", "export default {{;\n"],
    ["an import of what is not there", `${HEAD}import "./nowhere.ts";\nexport default 1;\n`],
    ["an error while it loads", `${HEAD}throw new RangeError("not today");\n`],
    ["no operator as its default export", "export default 1;\n"],
    ["a wrong name", `${HEAD}${operator("", '""').slice(HEAD.length).replace('name: "x"', 'name: "y z"')}`],
  ])("%s", async ([, code]) => {
    await using project = await makeProject({ "operators/x.ts": operator("", '"a"') });
    await expectNote(project, "a");
    await project.write("operators/x.ts", code);
    const options = { env: { DATABASE_URL } };
    const fromSources = await project.run("x", { env: { DATABASE_URL, MILLRACE_BUNDLE: "off" } });
    expect(fromSources.exception?.message).toContain("[OPERATOR_INVALID] operators/x.ts ");
    for (let run = 0; run < 2; run += 1) {
      const { code: exitCode, stderr, exception } = await project.run("x", options);
      expect({ exitCode, stderr, message: exception?.message }).toEqual({
        exitCode: 1,
        stderr: fromSources.stderr,
        message: fromSources.exception?.message,
      });
    }
  });

  test("an error that comes with the surroundings, after a bundle was made", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator('if (process.env["TODAY"] !== "yes") throw new RangeError("not today");', '"a"'),
    });
    const run = (TODAY: string) => project.run("x", { env: { DATABASE_URL, TODAY } });
    expect((await run("yes")).code).toBe(0);
    expect(await run("no")).toMatchObject({
      code: 1,
      stderr: "",
      exception: { message: "[OPERATOR_INVALID] operators/x.ts does not load: not today." },
    });
    expect((await run("yes")).code).toBe(0);
  });
});
