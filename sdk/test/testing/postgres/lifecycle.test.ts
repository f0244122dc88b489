import { startPostgres } from "@millrace/sdk/testing";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isPostgresProcess } from "../../../src/testing/postgres/process-table.ts";
import { ask, isAlive } from "./session.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lifecycle-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function pidOf(server: { dataDirectory: string }): Promise<number> {
  return Number((await readFile(join(server.dataDirectory, "postmaster.pid"), "utf8")).split("\n")[0]);
}

test("a server without a directory answers, and leaves neither process nor data behind", async () => {
  let pid: number;
  let dataDirectory: string;
  {
    await using server = await startPostgres();
    ({ dataDirectory } = server);
    pid = await pidOf(server);
    expect(await ask(server.url, "select 6 * 7")).toEqual([42]);
    expect(server.url).toBe(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    expect(server.adopted).toBe(false);
  }
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(dirname(dataDirectory))).toBe(false);
});

test("it is durable, and can be reached over 127.0.0.1 alone", async () => {
  await using server = await startPostgres({ directory });
  const setting = "select setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')";
  expect(await ask(server.url, setting)).toEqual(["on", "on", "on"]);
  expect(await ask(server.url, "show listen_addresses")).toEqual(["127.0.0.1"]);
  expect(await ask(server.url, "show unix_socket_directories")).toEqual([""]);
  const rules =
    "select concat_ws(' ', type, database, user_name, address, netmask, auth_method) from pg_hba_file_rules";
  expect(await ask(server.url, rules)).toEqual([
    "host {all} {all} 127.0.0.1 255.255.255.255 trust",
    "host {replication} {all} 127.0.0.1 255.255.255.255 trust",
  ]);
});

test("settings are passed on, but the address stays ours", async () => {
  await using server = await startPostgres({ settings: { fsync: "off", max_connections: 17, listen_addresses: "*" } });
  expect(await ask(server.url, "show fsync")).toEqual(["off"]);
  expect(await ask(server.url, "show max_connections")).toEqual(["17"]);
  expect(await ask(server.url, "show listen_addresses")).toEqual(["127.0.0.1"]);
});

test("a database is created once, whatever its name", async () => {
  await using server = await startPostgres();
  const url = await server.createDatabase('it"s a name');
  await ask(url, "create table kept as select 1 as one");
  expect(await server.createDatabase('it"s a name')).toBe(url);
  expect(await ask(url, "select one from kept")).toEqual([1]);
});

test("data outlives the server when it has a directory", async () => {
  {
    await using server = await startPostgres({ directory });
    await ask(server.url, "create table kept as select 1 as one");
  }
  await using again = await startPostgres({ directory });
  expect(again.adopted).toBe(false);
  expect(await ask(again.url, "select one from kept")).toEqual([1]);
});

test("stop waits until the server is gone, and can be repeated", async () => {
  await using server = await startPostgres({ directory });
  const pid = await pidOf(server);
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  await server.stop();
});

test("after a kill it recovers what was committed, on the same port", async () => {
  await using server = await startPostgres({ directory });
  await ask(server.url, "create table kept as select 1 as one");
  // A busy session does not notice by itself that the server is gone, and would go on.
  const busy = ask(server.url, "do 'begin loop end loop; end'").catch(() => "lost");
  await expect.poll(() => ask(server.url, "select 1 from pg_stat_activity where query like 'do %'")).toEqual([1]);
  const pids = (await ask(server.url, "select pid from pg_stat_activity where pid <> pg_backend_pid()")) as number[];
  await server.kill();
  expect(existsSync(join(server.dataDirectory, "postmaster.pid"))).toBe(true);
  expect(await Promise.all(pids.map(isPostgresProcess))).toEqual(pids.map(() => false));
  expect(await busy).toBe("lost");
  await server.restart();
  expect(await ask(server.url, "select one from kept")).toEqual([1]);
  expect(await readFile(server.logFile, "utf8")).toContain("automatic recovery in progress");
});

test("the caller's signal handlers are left alone, and its terminal's Ctrl-C does not reach the server", async () => {
  const listeners = () => ["SIGINT", "SIGTERM", "SIGHUP", "exit"].map((name) => process.listenerCount(name));
  const before = listeners();
  await using server = await startPostgres({ directory });
  expect(listeners()).toEqual(before);
  const pid = await pidOf(server);
  // A signal to the group -pid reaches the members of the group that the server leads; there is none if it leads none.
  expect(isAlive(-pid)).toBe(true);
});
