import { access, cp, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { readMessages } from "../host/launched.ts";
import { openShop, stopServer, type Shop } from "./commands/shop.ts";

afterAll(stopServer);

/** A folder that was built from a project which is there no more, far from any node_modules. */
async function buildElsewhere(shop: Shop) {
  const built = await shop.millrace("build", "--json");
  expect([built.code, built.stderr]).toEqual([0, ""]);
  const manifest = (await shop.millrace("manifest")).stdout;
  const { DATABASE_URL } = parseEnv(await readFile(join(shop.folder, ".env"), "utf8"));
  const place = await mkdtemp(join(tmpdir(), "millrace-built-"));
  const folder = join(place, "operators of the shop");
  await rename(join(shop.folder, "dist-operators"), folder);
  await cp(join(shop.folder, "data"), join(folder, "data"), { recursive: true });
  await rename(dirname(shop.folder), `${dirname(shop.folder)}-gone`);
  for (let up = folder; up !== dirname(up); up = dirname(up)) {
    await expect(access(join(up, "node_modules"))).rejects.toThrow("ENOENT");
  }
  const node = (...args: readonly string[]) =>
    execa(process.execPath, [join(folder, "main.mjs"), ...args], {
      cwd: "/",
      env: { PATH: process.env["PATH"], ...(DATABASE_URL && { DATABASE_URL }) },
      extendEnv: false,
      reject: false,
    });
  return {
    folder,
    manifest,
    node,
    /** As a launcher does, over the stdin host (docs/protocol.md). */
    async launch(name: string, extras: object) {
      const child = execa(process.execPath, [join(folder, "main.mjs"), "exec", name, "--project", folder], {
        stdio: ["pipe", "pipe", "pipe", "pipe"],
        env: { MILLRACE_HOST: "stdin", MILLRACE_MESSAGES_FD: "3", ...(DATABASE_URL && { DATABASE_URL }) },
        extendEnv: false,
        reject: false,
      });
      child.stdin.write(`${JSON.stringify({ run_id: crypto.randomUUID(), extras })}\n`);
      const { exitCode, stdio } = await child;
      return { exitCode, messages: readMessages(`${String(stdio[3])}\n`) };
    },
    async [Symbol.asyncDispose]() {
      await rename(`${dirname(shop.folder)}-gone`, dirname(shop.folder));
      await rm(place, { recursive: true, force: true });
    },
  };
}

test("what was built runs elsewhere with Node alone, for a launcher and for a person", async () => {
  await using shop = await openShop();
  await shop.write("operators/fails.ts", FAILS);
  await using built = await buildElsewhere(shop);
  expect((await built.node("manifest")).stdout).toBe(built.manifest);

  // A database that has no state yet: the migrations are there.
  const launched = await built.launch("orders", { config: {}, partition_keys: ["2024-01-02"] });
  expect(launched).toMatchObject({ exitCode: 0 });
  expect(launched.messages[0]).toMatchObject({ method: "opened" });
  expect(launched.messages.at(-1)).toEqual({ __dagster_pipes_version: "0.1", method: "closed", params: {} });
  expect(await shop.sql`SELECT id, customer FROM orders ORDER BY id`).toEqual([
    { id: 1, customer: 1 },
    { id: 101, customer: 2 },
  ]);
  const person = await built.node("exec", "customers");
  expect([person.exitCode, person.stderr]).toEqual([0, expect.stringContaining("read=3 inserted=2")]);

  const failed = await built.launch("fails", {});
  expect(failed.exitCode).toBe(1);
  const { exception } = failed.messages.at(-1)!.params;
  expect(exception).toMatchObject({ message: "no such luck" });
  expect(exception.stack.join("")).toMatch(/at \S*extract \(operators\/fails\.ts:8:11\)\n[^]*sdk\/src\/operator\//);

  const unknown = await built.node("exec", "nobody");
  expect([unknown.exitCode, unknown.stderr]).toEqual([
    1,
    expect.stringMatching(/^\[OPERATOR_UNKNOWN\] .*customers, fails, orders, totals, visits/),
  ]);
  expect((await built.node("rn")).exitCode).toBe(2);
});

const FAILS = `import { append, defineOperator, query } from "@millrace/sdk";
import { visits } from "../tables.ts";
// A comment that is in no bundle.

export default defineOperator({
  name: "fails",
  extract: (): ReturnType<typeof query> => {
    throw new Error("no such luck");
  },
  target: visits,
  load: append(),
});
`;

test("compile keeps code with which operators start sooner, and which is used", async () => {
  await using shop = await openShop();
  await using built = await buildElsewhere(shop);
  expect(await built.node("compile")).toMatchObject({ exitCode: 0, stderr: "" });
  const compiled = await readFile(join(built.folder, "bundles/customers.v8"));
  expect((await built.node("exec", "customers")).exitCode).toBe(0);
  expect(compiled.equals(await readFile(join(built.folder, "bundles/customers.v8")))).toBe(true);
});

test("a build replaces what was built, nothing else, and leaves nothing where it fails", async () => {
  await using shop = await openShop();
  expect((await shop.millrace("build", "--out", "data")).stderr).toContain("[BUILD_OUT]");
  expect((await shop.millrace("build", "--out", "made/here")).code).toBe(0);
  await shop.write("made/here/left-over", "");
  expect((await shop.millrace("build", "--out", "made/here")).code).toBe(0);
  await expect(access(join(shop.folder, "made/here/left-over"))).rejects.toThrow("ENOENT");
  await shop.write("operators/visits.ts", 'const name = "node:fs";\nexport default await import(name);\n');
  const failed = await shop.millrace("build", "--out", "made/there");
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("[OPERATOR_INVALID] operators/visits.ts")]);
  await shop.write("operators/visits.ts", `const name = "../lib.ts";\nawait import(name);\n${FAILS}`);
  await shop.write("lib.ts", "export {};\n");
  const refused = await shop.millrace("build", "--out", "made/there");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /\[BUILD_FAILED\] fails can not be built: operators\/visits\.ts:2: it imports what is known only/,
    ),
  ]);
  await expect(access(join(shop.folder, "made/there"))).rejects.toThrow("ENOENT");
});

test("a package with machine code is left to be installed, and everything says so", async () => {
  await using shop = await openShop();
  await shop.write(
    "node_modules/engine/package.json",
    '{ "name": "engine", "version": "1.2.3", "dependencies": { "bindings": "^1.5.0" } }',
  );
  await shop.write("node_modules/engine/index.js", "exports.power = 1;\n");
  await shop.write("operators/fails.ts", `import "engine";\n${FAILS}`);
  const built = await shop.millrace("build");
  expect([built.code, built.stdout]).toEqual([0, expect.stringContaining("engine@1.2.3")]);
  const text = (file: string) => readFile(join(shop.folder, "dist-operators", file), "utf8");
  expect(JSON.parse(await text("package.json"))).toMatchObject({ dependencies: { engine: "1.2.3" } });
  expect(await text("Dockerfile")).toContain("RUN npm install");
  expect(await text("bundles/fails.cjs")).toContain('require("engine")');
});
