import { csv, defineOperator, replace, tableRecord } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

// No attempt of one operator fences another one's off: only the lock on what both write keeps them apart.
const replacing = (name: string) =>
  defineOperator({
    name,
    config: z.object({ file: z.string() }),
    extract: ({ config }) => csv(config.file),
    record: tableRecord(orders),
    target: orders,
    load: replace(),
  });

test.for([
  ["an empty table", 0],
  ["a table with rows", 3],
] as const)(
  "C21: two operators that replace %s at the same time leave the rows of one of them",
  async ([, present]) => {
    await using database = await ordersDatabase();
    await database.sql`INSERT INTO orders SELECT 0, '2024-01-01', n, 'old' FROM generate_series(1, ${present}::int) n`;
    // Each is at it long enough for the other one to be, too.
    await database.sql
      .unsafe(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
      CREATE TRIGGER slow AFTER INSERT ON orders EXECUTE FUNCTION slow()`);
    const lines = (note: string) => [1, 2, 3].map((id) => `${id},2024-01-01,1.00,${note}\n`).join("");
    const folder = await csvFolder({
      "one.csv": `id,day,amount,note\n${lines("one")}`,
      "two.csv": `id,day,amount,note\n${lines("two")}`,
    });
    const run = (name: string) =>
      runOperator(replacing(name), { databaseUrl: database.url, config: { file: `${folder}/${name}.csv` } });
    await Promise.all(["one", "two"].map(run));
    const rows = await database.sql`SELECT id, note FROM orders ORDER BY id`;
    expect(rows.map(({ id }) => id as number)).toEqual([1, 2, 3]);
    expect(new Set(rows.map(({ note }) => note as string)).size).toBe(1);
  },
);
