import {
  append,
  csv,
  defineOperator,
  deleteInsert,
  replace,
  tableRecord,
  upsert,
  type LoadStrategy,
} from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";

describe("C23: a source without a row is loaded", () => {
  test.for([
    ["append", append()],
    ["upsert", upsert({ key: orders.id })],
    ["replace", replace({ minRows: 0, maxShrink: 1 })],
  ] as const)("%s", async ([, load]) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    const folder = await csvFolder({ "a.csv": HEADER, "b.csv": `${HEADER}x,y,z,not a row\n` });
    for (const [file, rejected] of [
      ["a.csv", 0],
      ["b.csv", 1],
    ] as const) {
      const options = { databaseUrl: database.url, config: { file: `${folder}/${file}` } };
      const operator = { ...ordersOperator(load, { rejects: { max: 1, maxRatio: 1 } }), name: file.replace(".", "_") };
      const { materializations } = await runOperator(operator, options);
      expect(materializations[0]?.metadata).toMatchObject({ read: rejected, inserted: 0, rejected });
    }
    expect(await database.rows()).toEqual([]);
  });

  test("delete-insert, over rows that are there", async () => {
    await using database = await ordersDatabase();
    await database.sql`INSERT INTO orders VALUES (1, '2024-01-01', 1, 'goes'), (2, '2024-01-02', 1, 'stays')`;
    const folder = await csvFolder({ "2024-01-01.csv": HEADER });
    const operator = dailyOrdersOperator(deleteInsert({ partitionBy: orders.day }));
    const { materializations } = await runOperator(operator, {
      databaseUrl: database.url,
      config: { folder },
      partitions: ["2024-01-01"],
    });
    expect(materializations[0]?.metadata).toMatchObject({ read: 0, inserted: 0, removed: 1 });
    expect(await database.rows()).toEqual(["2 2024-01-02 1.00 stays"]);
  });
});

describe("C23: a table as wide as PostgreSQL has them", () => {
  const COLUMNS = 1600;
  const names = Array.from({ length: COLUMNS }, (_, index) => `c${index}`);
  const wide = pgTable("wide", Object.fromEntries(names.map((name) => [name, integer(name)])));

  test.for([
    ["append", append(), false],
    ["upsert", upsert({ key: wide["c0"]! }), false],
    ["upsert over earlier rows", upsert({ key: wide["c0"]! }), true],
    ["replace of an empty table", replace(), false],
    ["replace", replace({ maxShrink: 1 }), true],
  ] as const)("%s", async ([, load, filled]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(
      `CREATE TABLE wide (${names.map((name) => `${name} int`).join(", ")}, UNIQUE (c0), CHECK (c1 <> 13))`,
    );
    if (filled) await database.sql.unsafe(`INSERT INTO wide (c0, c1) VALUES (0, 7), (1, 7), (100, 7)`);
    const line = (id: number) => `${names.map((_, index) => (index === 0 ? id : index + id)).join(",")}\n`;
    // The row with id 12 is refused.
    const folder = await csvFolder({
      "a.csv": `${names.join(",")}\n${Array.from({ length: 30 }, (_, id) => line(id)).join("")}`,
    });
    const operator = defineOperator({
      name: "wide",
      extract: () => csv(`${folder}/a.csv`),
      record: tableRecord(wide),
      target: wide,
      load: load as LoadStrategy<"wide">,
    });
    const { materializations } = await runOperator(operator, { databaseUrl: database.url });
    expect(materializations[0]?.metadata).toMatchObject({ read: 30, rejected: 1 });
    const rows = await database.sql`SELECT c0, c1, c1599 FROM wide WHERE c0 < 30 ORDER BY c0`;
    expect(rows.map(({ c0, c1, c1599 }) => [c0, c1, c1599])).toEqual(
      Array.from({ length: 30 }, (_, id) => [id, id + 1, id + 1599]).filter(([id]) => id !== 12),
    );
    const letters = await database.deadLetters();
    expect(letters).toMatchObject([
      { code: "CHECK", field: "c1", record: { c0: filled && load.strategy === "replace" ? 12 : "12" } },
    ]);
  });
});
