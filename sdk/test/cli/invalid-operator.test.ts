import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HEAD, noteDatabase, operator, type NoteDatabase } from "./note-operator.ts";
import { makeProject } from "./project.ts";

let database: NoteDatabase;
beforeAll(async () => {
  database = await noteDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describe("an operator that does not load is reported as it is from its sources", () => {
  test.for<[what: string, code: string]>([
    ["a syntax error", "export default {{;\n"],
    ["an import of what is not there", `${HEAD}import "./nowhere.ts";\nexport default 1;\n`],
    ["an error while it loads", `${HEAD}throw new RangeError("not today");\n`],
    ["no operator as its default export", "export default 1;\n"],
    ["a wrong name", `${HEAD}${operator("", '""').slice(HEAD.length).replace('name: "x"', 'name: "y z"')}`],
  ])("%s", async ([, code]) => {
    await using project = await makeProject({ "operators/x.ts": operator("", '"a"') });
    expect((await project.run("x", database)).code).toBe(0);
    expect(await project.bundleFiles()).toHaveLength(3);
    await project.write("operators/x.ts", code);
    const fromSources = await project.run("x", { env: { ...database.env, MILLRACE_BUNDLE: "off" } });
    expect(fromSources.exception?.message).toContain("[OPERATOR_INVALID] operators/x.ts ");
    for (let run = 0; run < 2; run += 1) {
      const { code: exitCode, stderr, exception } = await project.run("x", database);
      expect({ exitCode, stderr, message: exception?.message }).toEqual({
        exitCode: 1,
        stderr: fromSources.stderr,
        message: fromSources.exception?.message,
      });
    }
  });

  test("an error that comes with the surroundings, after a bundle was made", async () => {
    await using project = await makeProject({
      "operators/x.ts": operator(
        'console.error("loading");\nif (process.env["TODAY"] !== "yes") throw new RangeError("not today");',
        '"a"',
      ),
    });
    const run = (TODAY: string) => project.run("x", { env: { ...database.env, TODAY } });
    expect((await run("yes")).code).toBe(0);
    expect(await run("no")).toMatchObject({
      code: 1,
      stderr: "loading\nloading\n", // from the bundle, and from the sources, which say the same
      exception: { message: "[OPERATOR_INVALID] operators/x.ts does not load: not today." },
    });
    expect((await run("yes")).code).toBe(0);
  });
});
