import { afterAll, expect, test } from "vitest";
import { leftovers, openOrders, PLAIN, stopServer } from "./replaced-orders.ts";
import { tableDump } from "./table-dump.ts";

afterAll(stopServer);

const line = (id: number, amount = "1") => `${id},${id % 10},${amount},note ${id}`;

test("C12: replacing rows keeps the table, and with it what depends on it", async () => {
  await using database = await openOrders(
    `CREATE TABLE "Orders" (id int CONSTRAINT "the key" PRIMARY KEY, customer int, amount numeric CONSTRAINT positive CHECK (amount > 0), note text,
      number int GENERATED ALWAYS AS IDENTITY, loaded timestamptz DEFAULT now());
    CREATE INDEX "by note" ON "Orders" (note);
    COMMENT ON TABLE "Orders" IS 'orders'; GRANT SELECT ON "Orders" TO PUBLIC;
    CREATE VIEW large AS SELECT * FROM "Orders" WHERE amount > 100;
    CREATE TABLE items ("order" int CONSTRAINT of_order REFERENCES "Orders", item text);
    CREATE TABLE notes ("order" int CONSTRAINT of_order REFERENCES "Orders" ON DELETE CASCADE, note text)`,
    { swap: false },
  );
  const { sql, load } = database;
  await load([line(1), line(2), line(3), line(4)]);
  await sql`INSERT INTO items VALUES (1, 'a'), (2, 'b')`;
  await sql`INSERT INTO notes VALUES (2, 'kept'), (3, 'gone with its order')`;
  const [{ oid }] = (await sql`SELECT '"Orders"'::regclass::oid AS oid`) as [{ oid: number }];
  const before = await tableDump(sql, '"Orders"');
  const [{ number }] = (await sql`SELECT number FROM "Orders" WHERE id = 2`) as [{ number: number }];

  expect(await load([line(1), line(2, "500"), line(4), line(5)])).toMatchObject({
    read: 4,
    inserted: 1,
    updated: 1,
    unchanged: 2,
    removed: 1,
  });
  expect(await tableDump(sql, '"Orders"')).toEqual(before);
  expect(await sql`SELECT '"Orders"'::regclass::oid AS oid`).toEqual([{ oid }]);
  expect(await sql`SELECT id, amount, number FROM large`).toEqual([{ id: 2, amount: "500", number }]);
  expect(await sql`SELECT "order", item FROM items ORDER BY 1`).toEqual([
    { order: 1, item: "a" },
    { order: 2, item: "b" },
  ]);
  expect(await sql`SELECT "order", note FROM notes`).toEqual([{ order: 2, note: "kept" }]);
  expect(await leftovers(sql)).toBe(0);
});

test("C12: rows that can not be updated are not deleted under a foreign key that would follow", async () => {
  const notes = `CREATE TABLE notes ("order" int CONSTRAINT of_order REFERENCES "Orders" ON DELETE CASCADE)`;
  await using database = await openOrders(`${PLAIN}; ALTER TABLE "Orders" ADD CHECK (amount > 0); ${notes}`, {
    swap: false,
  });
  await database.load([line(1), line(2)]);
  await database.sql`INSERT INTO notes VALUES (1), (2)`;
  await expect(database.load([line(1, "-1"), line(2, "2")])).rejects.toThrow("[REPLACE_REFERENCED]");
  expect(await database.sql`SELECT count(*)::int AS n FROM notes`).toEqual([{ n: 2 }]);
});

test("rows that exchange a unique value are replaced, and of several with one key the first one", async () => {
  await using database = await openOrders(`${PLAIN}; ALTER TABLE "Orders" ADD UNIQUE (amount)`, { swap: false });
  await database.load([line(1, "10"), line(2, "20"), line(3, "30")]);
  expect(await database.load([line(1, "20"), line(2, "10"), line(3, "30")])).toMatchObject({
    unchanged: 1,
    updated: 0,
    inserted: 2,
    removed: 2,
  });
  const many = Array.from({ length: 20 }, (_, id) => line(100 + id, String(100 + id)));
  expect(await database.load([line(1, "21"), line(2, "10"), line(1, "22"), ...many])).toMatchObject({
    updated: 1,
    unchanged: 1,
    rejected: 1,
    removed: 1,
  });
  expect(await database.sql`SELECT amount FROM "Orders" WHERE id = 1`).toEqual([{ amount: "21" }]);
});

test("C13: another session that reads all the time sees all old rows or all new ones, and never an error", async () => {
  await using database = await openOrders(PLAIN, { swap: false });
  const rows = (count: number, amount: string) => Array.from({ length: count }, (_, id) => line(id, amount));
  await database.load(rows(3000, "1"));
  const seen: string[] = [];
  const errors: unknown[] = [];
  let reading = true;
  const readers = Array.from({ length: 2 }, async () => {
    const sql = database.connect();
    while (reading) {
      const found = await sql`SELECT count(*)::int AS n, min(amount) AS low, max(amount) AS high FROM "Orders"`.catch(
        (error: unknown) => (errors.push(error), []),
      );
      for (const { n, low, high } of found) seen.push(`${n} ${low} ${high}`);
    }
  });
  await database.load(rows(4000, "2"));
  const after = seen.length;
  while (seen.length < after + 5) await new Promise((resolve) => setTimeout(resolve, 1));
  reading = false;
  await Promise.all(readers);
  expect(errors).toEqual([]);
  expect([...new Set(seen)]).toEqual(["3000 1 1", "4000 2 2"]);
});

test("C14: a source that is empty or has shrunk too far is refused unless that is allowed by name", async () => {
  await using database = await openOrders(PLAIN, { swap: false });
  await database.load(10);
  await expect(database.load([])).rejects.toThrow(
    "[REPLACE_TOO_SMALL] The source has 0 rows, fewer than minRows (1); the 10 rows of",
  );
  await expect(database.load(4)).rejects.toThrow("[REPLACE_SHRANK] The source has 4 rows");
  expect(await database.ids()).toBe("10 from 1 to 10");
  expect(await database.load(5)).toMatchObject({ unchanged: 5, removed: 5 });
});
