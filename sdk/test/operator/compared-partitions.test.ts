import { date } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { stopServer } from "./orders.ts";
import { openThings, two } from "./things.ts";

afterAll(stopServer);

describe("a partition's rows", () => {
  const columns = { day: date("day").notNull(), ...two };
  const PARTITIONS = `PARTITION BY HASH (id); CREATE TABLE things_0 PARTITION OF things FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE things_1 PARTITION OF things FOR VALUES WITH (MODULUS 2, REMAINDER 1)`;

  test.for([
    ["in one table", ""],
    ["in a table that has partitions of its own", PARTITIONS],
  ] as const)("are updated, inserted and removed, and no others: %s", async ([, partitions]) => {
    await using things = await openThings({
      columns,
      ddl: `CREATE TABLE things (day date, id int, note text, loaded int DEFAULT 7, PRIMARY KEY (day, id)) ${partitions}`,
    });
    await things.sql`INSERT INTO things SELECT '2024-01-01', id, 'other', 1 FROM generate_series(1, 50) id`;
    const lines = (from: number, to: number, note: (id: number) => string) =>
      Array.from({ length: to - from }, (_, index) => `2024-01-02,${from + index},${note(from + index)}`);
    await things.load(lines(0, 100, () => "a"));
    await things.sql`UPDATE things SET loaded = 8 WHERE day = '2024-01-02'`;
    expect(await things.load(lines(10, 120, (id) => (id % 10 === 0 ? "b" : "a")))).toEqual([20, 9, 81, 10, 0]);
    expect(
      await things.sql`SELECT day::text, note, loaded, count(*)::int AS n FROM things GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    ).toEqual([
      { day: "2024-01-01", note: "other", loaded: 1, n: 50 },
      { day: "2024-01-02", note: "a", loaded: 7, n: 18 },
      { day: "2024-01-02", note: "a", loaded: 8, n: 81 },
      { day: "2024-01-02", note: "b", loaded: 7, n: 2 },
      { day: "2024-01-02", note: "b", loaded: 8, n: 9 },
    ]);
  });

  test("do not take the place of another partition's row with their key: they are dead letters", async () => {
    await using things = await openThings({
      columns,
      ddl: "CREATE TABLE things (day date, id int PRIMARY KEY, note text)",
    });
    await things.sql`INSERT INTO things VALUES ('2024-01-01', 1, 'other'), ('2024-01-02', 2, 'a')`;
    expect(await things.load(["2024-01-02,1,b", "2024-01-02,2,b", "2024-01-02,3,b"])).toEqual([1, 1, 0, 0, 1]);
    expect(await things.rows()).toEqual(["(2024-01-01,1,other)", "(2024-01-02,2,b)", "(2024-01-02,3,b)"]);
  });
});
