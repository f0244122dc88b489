import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask } from "./session.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "adoption-"));
});
afterEach(() => rm(directory, { recursive: true }));

const leaveRunning = join(import.meta.dirname, "leave-running.ts");

test("a server that runs on the directory is adopted, and left running for whoever started it", async () => {
  await using first = await startPostgres({ directory });
  {
    await using second = await startPostgres({ directory });
    expect(second.adopted).toBe(true);
    expect(second.url).toBe(first.url);
  }
  expect(await ask(first.url, "select 1")).toEqual([1]);
});

test("adopting comes before the port: asking for the port it runs on is no conflict", async () => {
  await using first = await startPostgres({ directory });
  await using second = await startPostgres({ directory, port: first.port });
  expect(second.adopted).toBe(true);
});

test("a server of a process that was killed is adopted, and stopped with its new owner", async () => {
  const { stdout: url } = await execa(process.execPath, [leaveRunning, directory], { reject: false });
  expect(await ask(url, "select 1")).toEqual([1]);
  {
    await using adopted = await startPostgres({ directory });
    expect(adopted.adopted).toBe(true);
    expect(adopted.url).toBe(url);
  }
  await expect(ask(url, "select 1")).rejects.toThrow(/ECONNREFUSED/);
});

test("two that start at once on an empty directory share one server", async () => {
  const [one, two] = await Promise.all([startPostgres({ directory }), startPostgres({ directory })]);
  await using first = one.adopted ? two : one;
  await using second = one.adopted ? one : two;
  expect([first.adopted, second.adopted]).toEqual([false, true]);
  expect(first.url).toBe(second.url);
  expect(await ask(second.url, "select 1")).toEqual([1]);
});

test("a note left by a killed server does not hinder, even when its pid is another program's by now", async () => {
  let dataDirectory: string;
  let note: string;
  {
    await using server = await startPostgres({ directory });
    ({ dataDirectory } = server);
    await ask(server.url, "create table kept as select 1 as one");
    note = await readFile(join(dataDirectory, "postmaster.pid"), "utf8");
    await server.kill();
  }
  // The program must be one of the server's user, or PostgreSQL itself sees through the note.
  await using server = await startPostgres({ directory });
  expect(server.adopted).toBe(false);
  await server.kill();
  const bystander = execa("sleep", ["60"], await asOwnerOf(dataDirectory));
  try {
    await writeFile(join(dataDirectory, "postmaster.pid"), note.replace(/^\d+/, String(bystander.pid)));
    await using again = await startPostgres({ directory });
    expect(again.adopted).toBe(false);
    expect(await ask(again.url, "select one from kept")).toEqual([1]);
  } finally {
    bystander.kill();
    await bystander.catch(() => {});
  }
});

async function asOwnerOf(path: string): Promise<{ uid?: number; gid?: number }> {
  const { uid, gid } = await stat(path);
  return process.getuid?.() === 0 ? { uid, gid } : {};
}
