import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { glob, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./free-port.ts";

// From nothing to rows in a table and the asset in Dagster: in an empty folder, with packages packed from here.
const repository = join(import.meta.dirname, "../..");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-new-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function packed(name: string): Promise<string> {
  await execa("pnpm", ["pack", "--pack-destination", folder], { cwd: join(repository, name), preferLocal: true });
  for await (const file of glob(`${name === "sdk" ? "millrace-sdk" : name}-*.tgz`, { cwd: folder }))
    return join(folder, file);
  throw new Error(`${name} was not packed`);
}

async function wheel(): Promise<string> {
  const { uv, project } = await ensurePython();
  await execa(uv, ["build", "--wheel", "--out-dir", folder], { cwd: project });
  for await (const file of glob("millrace-*.whl", { cwd: folder })) return join(folder, file);
  throw new Error("no wheel was built");
}

test("a new project loads its rows and has its asset in Dagster after three commands, and passes its own test", async () => {
  const [sdk, create, python] = await Promise.all([packed("sdk"), packed("create-millrace"), wheel()]);
  await execa("tar", ["xf", create, "-C", folder]);
  const { DATABASE_URL: _, npm_config_user_agent: __, ...env } = process.env;
  const inProject = { cwd: join(folder, "shop"), env, extendEnv: false, all: true } as const;

  const specs = ["--sdk", `file:${sdk}`, "--python", pathToFileURL(python).href];
  await execa(process.execPath, [join(folder, "package/main.mjs"), "shop", ...specs], { cwd: folder });
  const manifest = join(folder, "shop/package.json");
  const own = JSON.parse(await readFile(manifest, "utf8")) as object;
  // What the registry has once it is published.
  await writeFile(manifest, JSON.stringify({ ...own, overrides: { "create-millrace": `file:${create}` } }));
  await execa("npm", ["install", "--no-audit", "--no-fund"], inProject);

  const port = await freePort();
  const dev = execa("npx", ["millrace", "dev", "--port", String(port)], {
    ...inProject,
    reject: false,
    detached: true,
  });
  let said = "";
  dev.all.on("data", (chunk) => (said += String(chunk)));
  const ended = dev.then(({ all }) => Promise.reject(new Error(`dev has ended: ${all}`)));
  ended.catch(() => {});
  try {
    const until = async (text: string) => {
      while (!said.includes(text)) await delay(100);
    };
    await Promise.race([until("Dagster is at"), ended]);
    const url = /psql (postgres\S+)/.exec(said)![1]!;
    await using sql = Object.assign(postgres(url, { max: 1 }), { [Symbol.asyncDispose]: () => sql.end() });
    expect(await sql`SELECT id FROM orders ORDER BY id`).toEqual([1, 2, 3, 5, 6].map((id) => ({ id })));
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ assetNodes { assetKey { path } } }" }),
    });
    expect(await answer.json()).toEqual({ data: { assetNodes: [{ assetKey: { path: ["orders"] } }] } });
    // Beside it, another terminal knows where the database is.
    const failures = await execa("npx", ["millrace", "failures", "list"], inProject);
    expect(failures.all).toMatch(/orders +2024-01-02 +open +REJECTED +amount +1/);
    const added = await execa("npx", ["millrace", "add", "operator", "customers"], inProject);
    expect(added.all).toContain("added  drizzle/");
    await execa("npx", ["millrace", "dev", "--no-dagster"], inProject);
    expect(await sql`SELECT name FROM customers ORDER BY id`).toEqual([{ name: "first" }, { name: "second" }]);
    expect((await execa("npx", ["millrace", "check"], inProject)).all).not.toContain("✗");
  } finally {
    process.kill(-dev.pid!, "SIGINT");
    await dev;
  }
  expect((await execa("npm", ["test"], inProject)).all).toMatch(/pass 2\n/);
  const left = await execa("pgrep", ["-f", folder], { reject: false });
  expect(left.stdout).toBe("");
}, 300_000);
