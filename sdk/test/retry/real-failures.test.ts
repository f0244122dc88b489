import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isRetryable, retry, type FailedAttempt } from "@millrace/sdk";
import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";

// What servers and drivers really raise, and how it is judged and outlasted.

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase("retry");
});
afterAll(async () => await server[Symbol.asyncDispose]());

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => error,
  );

async function connected(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: async () => await client.end().catch(() => {}) });
}

test("two transactions that can not be serialized: the whole transaction is done again, and both add up", async () => {
  await using one = await connected();
  await using other = await connected();
  await one.query("CREATE TABLE account (amount integer NOT NULL); INSERT INTO account VALUES (0)");
  const failed: FailedAttempt[] = [];
  const deposit = async () => {
    await one.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
    try {
      await one.query("SELECT amount FROM account");
      if (failed.length === 0) await other.query("UPDATE account SET amount = amount + 1");
      await one.query("UPDATE account SET amount = amount + 10");
      await one.query("COMMIT");
    } catch (error) {
      await one.query("ROLLBACK");
      throw error;
    }
  };
  await retry(deposit, { delayMs: 0 }, { onRetry: (attempt) => failed.push(attempt) });
  expect(failed).toMatchObject([{ number: 1, error: { code: "40001" } }]);
  expect((await one.query("SELECT amount FROM account")).rows).toEqual([{ amount: 11 }]);
});

test("a connection that the server ends can pass, through either driver and through drizzle", async () => {
  const ended = async (client: pg.Client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await using killer = await connected();
    await killer.query("SELECT pg_terminate_backend($1)", [rows[0]!.pid]);
  };
  await using plain = await connected();
  await ended(plain);
  expect(isRetryable(await caught(plain.query("SELECT 1")))).toBe(true);

  await using wrapped = await connected();
  const db = drizzle(wrapped);
  await ended(wrapped);
  expect(isRetryable(await caught(Promise.resolve(db.execute(sql`SELECT 1`))))).toBe(true);

  const other = postgres(url, { max: 1, onnotice: () => {} });
  await using killer = await connected();
  const [row] = await other`SELECT pg_backend_pid() AS pid`;
  const sleeping = other`SELECT pg_sleep(600)`.catch((error: unknown) => error);
  const asleep = async () =>
    (await killer.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [row!["pid"]]))
      .rowCount;
  while ((await asleep()) === 0);
  await killer.query("SELECT pg_terminate_backend($1)", [row!["pid"]]);
  expect(isRetryable(await sleeping)).toBe(true);
  await other.end({ timeout: 1 }); // without it, it would wait for the lost connection for ever
});

test("a lock that was not had can pass; a violated constraint, a missing table and bad SQL can not", async () => {
  await using client = await connected();
  await using holder = await connected();
  await client.query(
    "CREATE TABLE locked (id integer PRIMARY KEY); INSERT INTO locked VALUES (1); SET lock_timeout = '1ms'",
  );
  await holder.query("BEGIN; LOCK TABLE locked");
  expect(isRetryable(await caught(client.query("SELECT * FROM locked")))).toBe(true);
  await holder.query("ROLLBACK");
  expect(isRetryable(await caught(client.query("INSERT INTO locked VALUES (1)")))).toBe(false);
  expect(isRetryable(await caught(client.query("SELECT * FROM nowhere")))).toBe(false);
  expect(isRetryable(await caught(client.query("SELEKT")))).toBe(false);
  expect(isRetryable(await caught(Promise.resolve(drizzle(client).execute(sql`INSERT INTO locked VALUES (1)`))))).toBe(
    false,
  );
});

test("a server that is not there can pass, and is reached once it is", async () => {
  const later = createServer((_, response) => response.end("here"));
  later.listen(0, "127.0.0.1");
  await once(later, "listening");
  const { port } = later.address() as AddressInfo;
  later.close();
  await once(later, "close");
  const get = async () => await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const begin = () => void later.listen(port, "127.0.0.1");
  const failed: FailedAttempt[] = [];
  const text = await retry(
    get,
    { maxAttempts: 50, delayMs: 20, factor: 1 },
    { onRetry: (attempt) => void (failed.push(attempt) === 2 && begin()) },
  );
  expect(text).toBe("here");
  expect(failed.length).toBeGreaterThanOrEqual(2);
  await closed(later);
});

test("an HTTP server that is busy is left alone as long as its Retry-After says", async () => {
  const answers = [503, 429, 200];
  const busy = createServer((_, response) => {
    const code = answers.shift()!;
    response
      .writeHead(
        code,
        code === 200 ? {} : { "retry-after": code === 503 ? "7" : new Date(Date.now() + 60_000).toUTCString() },
      )
      .end("x");
  });
  busy.listen(0, "127.0.0.1");
  await once(busy, "listening");
  const { port } = busy.address() as AddressInfo;
  const waits: number[] = [];
  const get = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const body = await response.text();
    if (!response.ok) throw Object.assign(new Error(`${response.status}`), { response });
    return body;
  };
  expect(await retry(get, {}, { random: () => 0, sleep: async (ms) => void waits.push(ms) })).toBe("x");
  expect(waits[0]).toBe(7000);
  expect(waits[1]).toBeGreaterThan(7000);
  expect(waits[1]).toBeLessThanOrEqual(60_000);
  await closed(busy);
});

async function closed(http: Server): Promise<void> {
  http.close();
  http.closeAllConnections();
  await once(http, "close");
}
