import { defineOperator, query, replace } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { sql as drizzleSql } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import { leftovers, openOrders, orders, ordersOperator, PLAIN, stopAtSwap, stopServer } from "./replaced-orders.ts";

afterAll(stopServer);

test("C13: readers see the old rows until the swap, then the new ones, and never none or an error", async () => {
  await using database = await openOrders(`${PLAIN}; INSERT INTO "Orders" SELECT generate_series(1, 3000)`);
  // Began before, and sees the table for the first time after it.
  const early = await database.connect().reserve();
  await early`BEGIN ISOLATION LEVEL REPEATABLE READ`;
  await early`SELECT 1`;
  const seen: string[] = [];
  const errors: unknown[] = [];
  let reading = true;
  const readers = Array.from({ length: 2 }, async () => {
    const sql = database.connect();
    while (reading) {
      const rows = await sql`SELECT count(*)::int AS n, max(note) AS note FROM "Orders"`.catch(
        (error: unknown) => (errors.push(error), []),
      );
      for (const { n, note } of rows) seen.push(`${n} ${note === null ? "old" : "new"}`);
    }
  });
  await database.load(4000);
  const after = seen.length;
  while (seen.length < after + 5) await new Promise((resolve) => setTimeout(resolve, 1));
  reading = false;
  await Promise.all(readers);
  expect(errors).toEqual([]);
  expect([...new Set(seen)]).toEqual(["3000 old", "4000 new"]);
  expect(await early`SELECT count(*)::int AS n FROM "Orders"`).toEqual([{ n: 4000 }]);
  early.release();
});

test("C13: a swap that has to wait for a reader keeps those who come after it waiting only for a moment", async () => {
  await using database = await openOrders(`${PLAIN}; INSERT INTO "Orders" VALUES (1)`);
  const load = await stopAtSwap(database, 10);
  // Queued behind the swap: gets through while the first reader still holds its lock.
  const impatient = database.connect();
  await impatient`SET statement_timeout = '30s'`;
  expect(await impatient`SELECT count(*)::int AS n FROM "Orders"`).toEqual([{ n: 1 }]);
  await load.goOn();
  await load.done;
  expect(await database.ids()).toBe("10 from 1 to 10");
});

test("C14: a source that is empty or has shrunk too far is refused, and the table is kept", async () => {
  await using database = await openOrders();
  await database.load(10);
  await expect(database.load([])).rejects.toThrow("[REPLACE_TOO_SMALL]");
  await expect(database.load(4)).rejects.toThrow("[REPLACE_SHRANK]");
  expect(await database.ids()).toBe("10 from 1 to 10");
  expect(await leftovers(database.sql)).toBe(0);
  expect(await database.load(5)).toMatchObject({ inserted: 5, removed: 10 });
});

test("C16: rows that the server refuses are dead letters, whatever part of the new table it is that refuses them", async () => {
  const refused = async (constraint: string, lines: readonly string[], codes: readonly string[]) => {
    await using database = await openOrders(
      `CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers SELECT generate_series(0, 9); ${PLAIN}; ALTER TABLE "Orders" ADD ${constraint}`,
    );
    const good = Array.from({ length: 2500 }, (_, id) => `${id},${id % 10},1,x`);
    good.splice(1500, 0, ...lines);
    expect(await database.load(good)).toMatchObject({
      read: 2500 + lines.length,
      inserted: 2500,
      rejected: lines.length,
    });
    const letters = await database.sql`SELECT code, line, reason FROM millrace.dead_letters ORDER BY line`;
    for (const { reason } of letters) expect(reason).not.toContain("millrace_swap");
    expect(letters.map(({ code, line }) => `${code} ${line}`)).toEqual(codes);
    expect(await database.ids()).toBe("2500 from 0 to 2499");
  };
  await refused("CHECK (amount < 100)", ["9000,1,100,x", "9001,1,200,x"], ["CHECK 1502", "CHECK 1503"]);
  await refused("FOREIGN KEY (customer) REFERENCES customers", ["9000,77,1,x"], ["FOREIGN_KEY 1502"]);
  await refused("CHECK (true)", ["7,1,1,again"], ["UNIQUE 1502"]);
});

test.for(["while it is filled", "before its swap"])(
  "a new table that is given up %s leaves the old one as it was, and the next run clears it away",
  async (when) => {
    await using database = await openOrders(`${PLAIN}; INSERT INTO "Orders" VALUES (1)`);
    const { sql } = database;
    const sessions = async (condition: string) =>
      (
        await sql.unsafe(
          `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'millrace orders%' AND datname = current_database() AND ${condition}`,
        )
      ).length;
    const stop = new AbortController();
    const given = new Error("given up");
    if (when === "before its swap") {
      const load = await stopAtSwap(database, 10, stop.signal);
      stop.abort(given);
      await expect(load.done).rejects.toThrow(given);
      await load.goOn();
    } else {
      const done = database.load(200_000, stop.signal);
      done.catch(() => {});
      while ((await sessions("query LIKE 'COPY%FREEZE%'")) === 0)
        await new Promise((resolve) => setTimeout(resolve, 2));
      stop.abort(given);
      await expect(done).rejects.toThrow(given);
    }
    while ((await sessions("true")) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await database.ids()).toBe("1 from 1 to 1");
    expect(await leftovers(sql)).toBe(1);
    expect(await database.load(10)).toMatchObject({ inserted: 10 });
    expect(await database.ids()).toBe("10 from 1 to 10");
    expect(await leftovers(sql)).toBe(0);
  },
);

test("C3: a run that was given up does not swap once another has begun, nor does that one drop the other's table", async () => {
  await using database = await openOrders(`${PLAIN}; INSERT INTO "Orders" VALUES (1)`);
  const zombie = await stopAtSwap(database, 10);
  const outcome = zombie.done.catch((error: unknown) => String(error));
  const successor = database.load(20);
  while ((await leftovers(database.sql)) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await zombie.goOn();
  expect(await outcome).toContain("[FENCED]");
  await successor;
  expect(await database.ids()).toBe("20 from 1 to 20");
  expect(await leftovers(database.sql)).toBe(0);
});

test("a role that may not do all of it is told so before a row is read", async () => {
  await using database =
    await openOrders(`${PLAIN}; CREATE ROLE swapper LOGIN; GRANT CREATE ON DATABASE current_database_name TO swapper;
    GRANT SELECT, INSERT, DELETE ON "Orders" TO swapper; CREATE ROLE granter; GRANT SELECT ON "Orders" TO granter WITH GRANT OPTION; SET ROLE granter; GRANT SELECT ON "Orders" TO PUBLIC; RESET ROLE`);
  const url = new URL(database.url);
  url.username = "swapper";
  await expect(
    runOperator(ordersOperator(true), { databaseUrl: url.href, config: { file: "nowhere.csv" } }),
  ).rejects.toThrow(
    "[PREFLIGHT] public.Orders is not ready to be loaded: a swap needs the role of the owner, postgres; CREATE on schema public is not granted to this role; privileges were granted by granter, whose role a swap needs.",
  );
});

test("rows that the server computes are swapped in as well", async () => {
  await using database = await openOrders(`${PLAIN}; INSERT INTO "Orders" VALUES (1)`);
  const computed = defineOperator({
    name: "computed",
    extract: () => query(drizzleSql`SELECT n AS id, n AS customer FROM generate_series(1, 30) n`),
    target: orders,
    load: replace({ swap: true }),
  });
  const { materializations } = await runOperator(computed, { databaseUrl: database.url });
  expect(materializations[0]!.metadata).toMatchObject({ read: 30, inserted: 30, removed: 1 });
  expect(await database.ids()).toBe("30 from 1 to 30");
});
