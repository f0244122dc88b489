import { append, deleteInsert, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

/** Some rows vanish without a word. */
const SWALLOW = `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallow BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION swallow()`;
const LINES = "id,day,amount,note\n1,2024-01-01,1,a\n2,2024-01-01,2,b\n3,2024-01-01,3,c\n";

test.for([
  ["append", append(), false],
  ["upsert into an empty table", upsert({ key: orders.id }), false],
  ["replace of an empty table", replace(), false],
  ["replace", replace(), true],
] as const)("C29: a load whose accounts do not add up fails, and commits nothing: %s", async ([, load, filled]) => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  if (filled) await database.sql`INSERT INTO orders VALUES (1, '2024-01-01', 1, 'a'), (4, '2024-01-01', 4, 'd')`;
  const before = await database.rows();
  await database.sql.unsafe(SWALLOW);
  const folder = await csvFolder({ "a.csv": LINES });
  const run = runOperator(ordersOperator(load), { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  await expect(run).rejects.toThrow("[ACCOUNTS] 3 records were read and 2 accounted for");
  expect(await database.rows()).toEqual(before);
  const ledger = await database.sql`SELECT status, error LIKE '%ACCOUNTS%' AS told FROM millrace.runs`;
  expect(ledger).toEqual([{ status: "failed", told: true }]);
});

test("C29: a partition whose accounts do not add up fails, and keeps its rows", async () => {
  await using database = await ordersDatabase();
  await database.sql`INSERT INTO orders VALUES (1, '2024-01-01', 1, 'a'), (4, '2024-01-01', 4, 'd')`;
  await database.sql.unsafe(SWALLOW);
  const folder = await csvFolder({ "2024-01-01.csv": LINES });
  const operator = dailyOrdersOperator(deleteInsert({ partitionBy: orders.day }));
  const run = runOperator(operator, { databaseUrl: database.url, config: { folder }, partitions: ["2024-01-01"] });
  await expect(run).rejects.toThrow("[ACCOUNTS] 3 records were read and 2 accounted for");
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00 a", "4 2024-01-01 4.00 d"]);
});
