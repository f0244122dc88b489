import { upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, hashedOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

// That an upsert without a key does not compile is said in test/types.

const byNote = ordersOperator(upsert({ key: orders.note }), { rejects: { max: 9, maxRatio: 1 } });
const byId = { ...hashedOrdersOperator, rejects: { max: 9, maxRatio: 1 } };

test.for([
  ["objects", byNote, "1,2024-01-01,1,\n2,2024-01-01,2,a\n", "note", ", UNIQUE (note)"],
  ["bytes", byId, ",2024-01-01,1,a\n2,2024-01-01,2,a\n", "id", ", row_hash text, UNIQUE (id)"],
] as const)("C17: a row without its key is a dead letter (%s)", async ([, operator, lines, field, constraints]) => {
  await using database = await ordersDatabase(constraints);
  const folder = await csvFolder({ "a.csv": `id,day,amount,note\n${lines}` });
  const options = { databaseUrl: database.url, config: { file: `${folder}/a.csv` } };
  const { materializations } = await runOperator(operator, options);
  expect(materializations[0]?.metadata).toMatchObject({ read: 2, inserted: 1, rejected: 1 });
  expect(await database.rows()).toEqual([expect.stringContaining("2 2024-01-01 2.00 a")]);
  expect(await database.deadLetters()).toMatchObject([{ field, line: "2" }]);
});

test.for([
  ["none", ""],
  ["one on more columns", "CREATE UNIQUE INDEX ON orders (note, day)"],
  ["one on some rows", "CREATE UNIQUE INDEX ON orders (note) WHERE id > 0"],
  ["one on an expression", "CREATE UNIQUE INDEX ON orders (lower(note))"],
  ["one that is not unique", "CREATE INDEX ON orders (note)"],
] as const)(
  "C17: an upsert without a unique index on its key is refused before a byte is read: %s",
  async ([, ddl]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(ddl);
    const run = runOperator(byNote, { databaseUrl: database.url, config: { file: "nowhere.csv" } });
    await expect(run).rejects.toThrow(/\[PREFLIGHT\].*no unique index on \(note\), which the upsert needs/);
  },
);
