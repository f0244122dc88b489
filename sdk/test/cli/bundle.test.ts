import { readFile, realpath, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

// `require` is there in a bundle, and not in a module that Node loads.
const SAYS = 'console.error(`says ${says} from ${typeof require === "function" ? "a bundle" : "sources"}`);';
const TABLE = `
import { append, defineOperator, query } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
const table = pgTable("t", { id: integer("id") });
const definition = { extract: () => query(sql\`SELECT 1 AS id\`), target: table, load: append() };
`;

/** An operator that says a text, and how it was loaded; it needs no database to get that far. */
function operator(name: string, says: string, before = ""): string {
  return `${TABLE}${before}\nconst says = ${says};\n${SAYS}\nexport default defineOperator({ ...definition, name: "${name}" });\n`;
}

async function greeting(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  return makeProject({
    "operators/hello.ts": operator("hello", "text", 'import { text } from "../text.ts";'),
    "text.ts": 'export const text = "hello";\n',
    ...files,
  });
}

async function expectRun(project: Project, said: unknown, options?: Parameters<Project["run"]>[1]): Promise<void> {
  const { code, stderr, exception } = await project.run("hello", options);
  expect(stderr.trim()).toEqual(said);
  expect({ code, message: exception?.message }).toEqual({
    code: 1,
    message: expect.stringContaining("[DATABASE_URL_MISSING]"),
  });
}

test("an operator is started from its sources once, and from a bundle from then on", async () => {
  await using project = await greeting();
  await expectRun(project, "says hello from sources");
  const files = await project.bundleFiles();
  expect(files).toEqual([
    expect.stringMatching(/^hello-\w+\.cjs$/),
    expect.stringMatching(/^hello-\w+\.cjs\.map$/),
    "hello.json",
  ]);
  const times = () => Promise.all(files.map(async (file) => (await stat(join(project.bundles, file))).mtimeMs));
  const before = await times();
  await expectRun(project, "says hello from a bundle");
  await expectRun(project, "says hello from a bundle");
  expect(await times()).toEqual(before);
  expect(await project.bundleFiles()).toEqual(files);
});

describe("a bundle is made anew, and the old one removed, when there is a change of", () => {
  test.for<[what: string, change: (project: Project) => Promise<void>, said: string]>([
    ["the operator", async (project) => project.write("operators/hello.ts", operator("hello", '"goodbye"')), "goodbye"],
    [
      "a module that it imports",
      async (project) => project.write("text.ts", 'export const text = "goodbye";\n'),
      "goodbye",
    ],
    [
      "a package's version",
      async (project) => project.write("node_modules/words/package.json", words("1.0.1")),
      "hello",
    ],
    [
      "millrace.config.ts",
      async (project) => project.write("millrace.config.ts", 'export default { operators: "operators/h*.ts" };\n'),
      "hello",
    ],
    [
      "the SDK's version",
      async (project) => {
        const path = await realpath(join(project.folder, "node_modules/@millrace/sdk/package.json"));
        await writeFile(path, (await readFile(path, "utf8")).replace('"version": "', '"version": "9'));
      },
      "hello",
    ],
  ])("%s", async ([, change, said]) => {
    await using project = await greeting({
      "operators/hello.ts": operator("hello", "text", 'import { text } from "../text.ts";\nimport "words";'),
      "node_modules/words/package.json": words("1.0.0"),
      "node_modules/words/index.js": "",
    });
    await expectRun(project, "says hello from sources");
    await expectRun(project, "says hello from a bundle");
    await change(project);
    await expectRun(project, `says ${said} from sources`);
    await expectRun(project, `says ${said} from a bundle`);
    expect((await project.bundleFiles()).filter((file) => file.endsWith(".cjs"))).toHaveLength(1);
  });
});

function words(version: string): string {
  return JSON.stringify({ name: "words", version, type: "module", main: "index.js" });
}

test("files that were touched and say the same are no change", async () => {
  await using project = await greeting();
  await expectRun(project, "says hello from sources");
  const record = await project.bundleText(".json");
  await utimes(join(project.folder, "text.ts"), 1, 1);
  await expectRun(project, "says hello from a bundle");
  // Once it was looked into, it need not be again.
  const later = await project.bundleText(".json");
  expect(later).not.toBe(record);
  await expectRun(project, "says hello from a bundle");
  expect(await project.bundleText(".json")).toBe(later);
});

test("ten that start at once leave one bundle, which is whole at any moment and can be used", async () => {
  await using project = await greeting();
  // One that comes late may find the bundle of one that was early.
  const either = expect.stringMatching(/^says hello from (sources|a bundle)$/);
  const runs = Array.from({ length: 10 }, () => expectRun(project, either));
  let running = true;
  const done = Promise.all(runs).finally(() => (running = false));
  const sizes = new Map<string, Set<number>>();
  while (running) {
    for (const file of await project.bundleFiles().catch(() => [])) {
      const found = await stat(join(project.bundles, file)).catch(() => undefined);
      if (found && !file.endsWith(".tmp")) sizes.set(file, (sizes.get(file) ?? new Set()).add(found.size));
    }
    await setImmediate();
  }
  await done;
  expect([...sizes.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
  expect(await project.bundleFiles()).toHaveLength(3);
  await Promise.all(Array.from({ length: 10 }, () => expectRun(project, "says hello from a bundle")));
});

test("a bundle is found from any folder and through a link", async () => {
  await using project = await greeting();
  await symlink(project.folder, `${project.folder}-link`);
  await expectRun(project, "says hello from sources");
  await expectRun(project, "says hello from a bundle", { cwd: project.folder, args: [] });
  await expectRun(project, "says hello from a bundle", { args: ["--project=project"] });
  await expectRun(project, "says hello from a bundle", { args: ["--project", "project-link"] });
});

test("MILLRACE_BUNDLE=off runs the sources, and leaves nothing", async () => {
  await using project = await greeting();
  await expectRun(project, "says hello from sources", { env: { MILLRACE_BUNDLE: "off" } });
  await expect(project.bundleFiles()).rejects.toThrow("ENOENT");
  await expectRun(project, "says hello from sources");
  await expectRun(project, "says hello from sources", { env: { MILLRACE_BUNDLE: "off" } });
});

describe("where there can be no bundle the sources are run, and each run says why", () => {
  const why = (reason: string) =>
    expect.stringMatching(
      new RegExp(`^says hello from sources\n\\[BUNDLE\\] hello starts from its sources, .* because .*${reason}.*$`),
    );

  test("its folder can not be made", async () => {
    await using project = await greeting({ ".millrace": "a file" });
    for (let run = 0; run < 2; run += 1) await expectRun(project, why("EEXIST|ENOTDIR"));
  });

  test("an import is named only when it runs", async () => {
    await using project = await greeting({
      "text.ts": 'const name = "./word.ts";\nexport const { text } = await import(name);\n',
      "word.ts": 'export const text = "hello";\n',
    });
    for (let run = 0; run < 2; run += 1)
      await expectRun(project, why("text.ts:2: it imports what is known only when it runs"));
  });

  test("the project is none of modules", async () => {
    await using project = await greeting({ "package.json": "{}" });
    await expectRun(project, expect.stringContaining('because package.json does not say `"type": "module"`'));
  });

  test("the bundle was damaged", async () => {
    await using project = await greeting();
    await expectRun(project, "says hello from sources");
    const file = (await project.bundleFiles()).find((name) => name.endsWith(".cjs"));
    await writeFile(join(project.bundles, file!), "garbage garbage");
    await expectRun(project, why("Unexpected identifier"));
  });
});

test("a bundle that was removed by hand is made again", async () => {
  await using project = await greeting();
  await expectRun(project, "says hello from sources");
  const file = (await project.bundleFiles()).find((name) => name.endsWith(".cjs"));
  await rm(join(project.bundles, file!));
  await expectRun(project, "says hello from sources");
  await expectRun(project, "says hello from a bundle");
});
