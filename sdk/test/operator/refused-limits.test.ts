import { append, defineOperator, query, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, test } from "vitest";
import { POSTGRES_VERSION } from "./test-server.ts";
import { csvFolder, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";

describe("C16: no more rows are tried one by one than are at fault", () => {
  const many = 20_000;

  test.for([
    ["a check", "ALTER TABLE orders ADD CHECK (note <> 'worse')", { note: "worse" }],
    ["a column without null", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL", { note: "" }],
    ["a unique index", "CREATE UNIQUE INDEX ON orders (note)", { note: "n0" }],
    [
      "a foreign key",
      `CREATE TABLE notes AS SELECT 'n' || n AS note FROM generate_series(0, ${many}) n; ALTER TABLE notes ADD PRIMARY KEY (note); ALTER TABLE orders ADD FOREIGN KEY (note) REFERENCES notes`,
      { note: "worse" },
    ],
    // Where the server can not be asked about values, parts are halved until a row stands alone.
    ["a value", "", { amount: "99999999999" }, POSTGRES_VERSION < 16 ? 20 : 1],
  ] as const)("%s", async ([, ddl, bad, triesEach = 1]) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    await database.sql.unsafe(ddl);
    const lines = Array.from({ length: many }, (_, id) => {
      const { note, amount }: { note: string; amount: string } = {
        note: `n${id}`,
        amount: "1",
        ...(id % 100 === 50 && bad),
      };
      return `${id},2024-01-01,${amount},${note}\n`;
    });
    const folder = await csvFolder({ "a.csv": HEADER + lines.join("") });
    // Each subtransaction that writes has a number of its own.
    const number = async () => Number((await database.sql`SELECT pg_current_xact_id()::text AS id`)[0]!["id"]);
    const before = await number();
    const { materializations } = await runOperator(ordersOperator(upsert({ key: orders.id })), {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    expect(materializations[0]?.metadata).toMatchObject({ read: many, inserted: many - 200, rejected: 200 });
    expect((await number()) - before).toBeLessThan(200 * triesEach + 100);
  });
});

test("C16: where the server can not be asked about values, as before PostgreSQL 16, parts of the chunk are tried", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  if (POSTGRES_VERSION >= 16)
    await database.sql`ALTER FUNCTION pg_catalog.pg_input_is_valid(text, text) RENAME TO not_there_yet`;
  const folder = await csvFolder({
    "a.csv":
      HEADER +
      Array.from({ length: 3000 }, (_, id) => `${id},2024-01-01,${id % 500 === 3 ? "99999999999" : "1"},n\n`).join(""),
  });
  const { materializations } = await runOperator(ordersOperator(upsert({ key: orders.id })), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  expect(materializations[0]?.metadata).toMatchObject({ read: 3000, inserted: 2994, rejected: 6 });
  expect((await database.deadLetters()).map(({ line: at, code }) => `${at} ${code}`)).toEqual(
    [5, 505, 1005, 1505, 2005, 2505].map((at) => `${at} NUMBER_RANGE`),
  );
});

describe("C15, C16: what the server refuses counts for the limits, and is kept when they fail the run", () => {
  test.for([
    ["append", append(), ""],
    ["upsert", upsert({ key: orders.id }), "ALTER TABLE orders ADD PRIMARY KEY (id)"],
    ["replace of an empty table", replace(), ""],
    ["replace", replace(), "INSERT INTO orders VALUES (5, '2024-01-01', 1, 'n5')"],
  ] as const)("%s", async ([, strategy, ddl]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(ddl);
    await database.sql`ALTER TABLE orders ADD CHECK (id NOT BETWEEN 26000 AND 26009)`;
    const folder = await csvFolder({
      "a.csv": HEADER + Array.from({ length: 50_000 }, (_, id) => `${id},2024-01-01,1,n${id}\n`).join(""),
    });
    const run = runOperator(ordersOperator(strategy, { rejects: { max: 9, maxRatio: 1 } }), {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    await expect(run).rejects.toThrow(/\[TOO_MANY_REJECTS\] 10 of \d+ records were rejected, at most 9 may be/);
    expect((await database.sql`SELECT id FROM orders WHERE id >= 26000`).length).toBe(0);
    const letters = await database.deadLetters();
    expect(letters.map(({ line: at }) => Number(at))).toEqual(Array.from({ length: 10 }, (_, index) => 26_002 + index));
    expect(letters[0]).toMatchObject({ code: "CHECK", field: "id", record: { id: "26000" } });
  });
});

test("C16: a row of a query that the server refuses is a dead letter as well", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  await database.sql`ALTER TABLE orders ADD CHECK (note <> 'forbidden')`;
  const operator = defineOperator({
    name: "numbers",
    extract: () =>
      query(
        sql`SELECT n AS id, date '2024-01-01' AS day, 1.5 AS amount, CASE WHEN n % 100 = 7 THEN 'forbidden' ELSE 'x' END AS note FROM generate_series(1, 1000) n`,
      ),
    target: orders,
    load: upsert({ key: orders.id }),
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(materializations[0]?.metadata).toMatchObject({ read: 1000, inserted: 990, rejected: 10 });
  const letters = await database.deadLetters();
  expect(letters).toHaveLength(10);
  expect(letters[0]).toMatchObject({
    code: "CHECK",
    field: "note",
    record: { id: 7, day: "2024-01-01", amount: 1.5, note: "forbidden" },
  });
});

test("C16: an error that is not a row's fault fails the run", async () => {
  await using database = await ordersDatabase();
  await database.sql
    .unsafe(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped'; END $$;
    CREATE TRIGGER stop BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION stop(); ALTER TABLE orders ADD CHECK (id <> 1)`);
  const folder = await csvFolder({ "a.csv": `${HEADER}1,2024-01-01,1,a\n2,2024-01-01,2,c\n` });
  const run = runOperator(ordersOperator(append(), { rejects: { max: 2, maxRatio: 1 } }), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  await expect(run).rejects.toThrow(/stopped \(SQLSTATE P0001\)/);
  expect(await database.rows()).toEqual([]);
});
