import { csv, daily, defineOperator, deleteInsert, upsert, text, type LoadStrategy } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, orders, ordersDatabase, stopServer, type OrdersDatabase } from "./orders.ts";

afterAll(stopServer);

const days = Array.from({ length: 6 }, (_, day) => `2024-01-0${day + 1}`);

/** Each row has by whom it was written, and what the session had been left with. */
const WRITER = `, backend integer DEFAULT pg_backend_pid(), application text DEFAULT current_setting('application_name'),
  found text DEFAULT concat_ws(' ', current_setting('timezone'), nullif(current_setting('test.left', true), ''), to_regclass('pg_temp.left_behind')::text)`;

async function database(key = ""): Promise<OrdersDatabase> {
  const made = await ordersDatabase(WRITER);
  await made.sql.unsafe(`${key}
    CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM set_config('timezone', 'Asia/Tokyo', false), set_config('test.left', 'something', false), pg_advisory_lock(4);
      CREATE TEMPORARY TABLE IF NOT EXISTS left_behind ();
      RETURN NULL; END $$;
    CREATE TRIGGER leaves AFTER INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION leave()`);
  return made;
}

function operator(load: LoadStrategy<"orders">, extracting: (day: string) => Promise<void> = async () => {}) {
  return defineOperator({
    name: "orders",
    partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
    config: z.object({ folder: z.string() }),
    extract: async ({ config, partition }) => {
      await extracting(partition.key);
      return csv(`${config.folder}/${partition.key}.csv`);
    },
    record: z.object({ id: text.integer(), day: z.string(), amount: text.decimal(), note: z.string() }),
    target: orders,
    load,
    rejects: { maxRatio: 0 },
  });
}

async function files(but: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = (day: string, index: number) => but[day] ?? `id,day,amount,note\n${index},${day},1,x\n`;
  return await csvFolder(Object.fromEntries(days.map((day, index) => [`${day}.csv`, file(day, index)])));
}

const byDay = deleteInsert({ partitionBy: orders.day });

test.for([
  ["delete-insert", byDay, ""],
  ["upsert", upsert({ key: orders.id }), "ALTER TABLE orders ADD UNIQUE (id);"],
] as const)(
  "the partitions of a run share a connection, on which none finds what one before it has left (%s)",
  async ([, load, key]) => {
    await using db = await database(key);
    const config = { folder: await files() };
    const lockOut = async () => void (await db.sql`SELECT pg_advisory_xact_lock(4)`);
    await runOperator(operator(load, lockOut), { databaseUrl: db.url, partitions: days, config });
    expect(await db.sql`SELECT count(*)::int, count(DISTINCT backend)::int AS backends FROM orders`).toEqual([
      { count: 6, backends: 1 },
    ]);
    expect(await db.sql`SELECT application, found FROM orders ORDER BY day`).toEqual(
      days.map((day) => ({
        application: expect.stringMatching(`^millrace orders ${day} [0-9a-f]{8}$`) as string,
        found: "UTC",
      })),
    );
  },
);

test("a partition that failed leaves its connection to no other", async () => {
  await using db = await database();
  const config = { folder: await files({ "2024-01-03": "id,day,amount,note\n3,2024-01-03,1,x\n4,never,1,x\n" }) };
  const run = runOperator(operator(byDay), { databaseUrl: db.url, partitions: days, config });
  await expect(run).rejects.toThrow("[PARTITIONS_FAILED] 1 of 6 partitions");
  const backends =
    await db.sql`SELECT array_agg(day::text ORDER BY day) AS days FROM orders GROUP BY backend ORDER BY 1`;
  expect(backends.map((backend) => backend["days"])).toEqual([days.slice(0, 2), days.slice(3)]);
});

test("a connection that is lost between two partitions is made anew", async () => {
  await using db = await database();
  const config = { folder: await files() };
  const lose = async (day: string) => {
    if (day !== "2024-01-04") return;
    const lost = await db.sql`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'millrace orders%'`;
    expect(lost).toHaveLength(1);
  };
  await runOperator(operator(byDay, lose), { databaseUrl: db.url, partitions: days, config });
  expect(await db.sql`SELECT count(*)::int, count(DISTINCT backend)::int AS backends FROM orders`).toEqual([
    { count: 6, backends: 2 },
  ]);
  const runs = await db.sql`SELECT DISTINCT status, commits FROM millrace.runs`;
  expect(runs).toEqual([{ status: "finished", commits: 1 }]);
});
