import { doublePrecision, integer, json, numeric, text } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { stopServer } from "./orders.ts";
import { openThings, two } from "./things.ts";

afterAll(stopServer);

describe("rows are the same where their text is", () => {
  test("equal numbers that are written differently are not, nor is -0, nor is json with other spaces", async () => {
    await using things = await openThings({
      columns: { id: integer("id").notNull(), n: numeric("n"), d: doublePrecision("d"), j: json("j") },
      ddl: "CREATE TABLE things (id int PRIMARY KEY, n numeric, d float8, j json)",
    });
    const lines = (n: string) => [`1,${n},0,[1]`, "2,1.0,0,[1]", "3,1.0,0,[1]", "4,1.0,0,[1]", "5,,,"];
    await things.load(lines("1.0"));
    await things.sql`UPDATE things SET d = '-0' WHERE id = 2`;
    await things.sql`UPDATE things SET j = '[1 ]' WHERE id = 3`;
    expect(await things.load(lines("1.00"))).toEqual([0, 3, 2, 0, 0]);
    expect(await things.rows()).toEqual([
      "(1,1.00,0,[1])",
      "(2,1.0,0,[1])",
      "(3,1.0,0,[1])",
      "(4,1.0,0,[1])",
      "(5,,,)",
    ]);
    expect(await things.load(lines("1.00"))).toEqual([0, 0, 5, 0, 0]);
  });

  test.for([
    ["numeric", "numeric", numeric("id").notNull(), ["1.0", "2"], ["1.00", "2"]],
    ["text that ignores case", "text COLLATE loose", text("id").notNull(), ["a", "b"], ["A", "b"]],
  ] as const)(
    "a key that is equal and written differently becomes the source's: %s",
    async ([, type, id, before, after]) => {
      await using things = await openThings({
        columns: { id, note: text("note") },
        ddl: `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE things (id ${type} PRIMARY KEY, note text, kept int DEFAULT 7)`,
      });
      const lines = (ids: readonly string[]) => ids.map((key) => `${key},x`);
      await things.load(lines(before));
      await things.sql`UPDATE things SET kept = 8`;
      expect(await things.load(lines(after))).toEqual([0, 1, 1, 0, 0]);
      expect(await things.rows()).toEqual(after.map((key) => `(${key},x,8)`));
      expect(await things.load(lines(after))).toEqual([0, 0, 2, 0, 0]);
    },
  );

  test("a table all of whose columns are its key has rows that come and go", async () => {
    await using things = await openThings({
      columns: { a: integer("a").notNull(), b: text("b").notNull() },
      ddl: "CREATE TABLE things (a int, b text, PRIMARY KEY (b, a))",
    });
    await things.load(["1,x", "2,x", "3,x"]);
    expect(await things.load(["1,x", "2,y", "3,x"])).toEqual([1, 0, 2, 1, 0]);
    expect(await things.rows()).toEqual(["(1,x)", "(2,y)", "(3,x)"]);
  });
});

describe("of several rows with one key", () => {
  const ddl = "CREATE TABLE things (id int PRIMARY KEY, note text)";

  test.for([
    [
      "the one that the table has stays, wherever it is",
      ["1,b", "1,a", "1,c", "2,a"],
      [0, 0, 2, 1, 2],
      ["(1,a)", "(2,a)"],
    ],
    [
      "the first one is kept where none is there",
      ["1,b", "2,a", "1,c", "3,a"],
      [0, 1, 2, 0, 1],
      ["(1,b)", "(2,a)", "(3,a)"],
    ],
    ["one of several equal ones is kept", ["1,a", "2,a", "1,a", "3,a"], [0, 0, 3, 0, 1], ["(1,a)", "(2,a)", "(3,a)"]],
    [
      "the first one of a new key is inserted",
      ["1,a", "9,b", "2,a", "3,a", "9,c"],
      [1, 0, 3, 0, 1],
      ["(1,a)", "(2,a)", "(3,a)", "(9,b)"],
    ],
  ] as const)("%s, and the others are dead letters", async ([, lines, counts, rows]) => {
    await using things = await openThings({ columns: two, ddl });
    await things.load(["1,a", "2,a", "3,a"]);
    expect(await things.load(lines)).toEqual(counts);
    expect(await things.rows()).toEqual(rows);
    const letters = await things.sql`SELECT DISTINCT code FROM millrace.dead_letters`;
    expect(letters).toEqual([{ code: "UNIQUE" }]);
  });
});

describe("a row is updated where something tells which one it is", () => {
  const load = async (constraints: string, lines = ["1,b", "2,a", "4,a"]) => {
    await using things = await openThings({ columns: two, ddl: `CREATE TABLE things (${constraints})` });
    await things.load(["1,a", "2,a", "3,a"]);
    return [await things.load(lines), await things.rows()];
  };
  const rows = ["(1,b)", "(2,a)", "(4,a)"];

  test.for([
    ["a unique index", "id int NOT NULL, note text, UNIQUE (id)", [1, 1, 1, 1, 0]],
    [
      "a unique index that can wait",
      "id int NOT NULL, note text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED",
      [1, 1, 1, 1, 0],
    ],
    ["no index", "id int NOT NULL, note text", [2, 0, 1, 2, 0]],
    ["a unique index that allows nulls", "id int, note text, UNIQUE (id)", [2, 0, 1, 2, 0]],
    ["an exclusion constraint", "id int NOT NULL, note text, EXCLUDE (id WITH =)", [2, 0, 1, 2, 0]],
  ] as const)("%s", async ([, constraints, counts]) => {
    expect(await load(constraints)).toEqual([counts, rows]);
  });

  test("no index of a part of the rows, or of an expression, or whose columns are not all written", async () => {
    for (const index of ["(id) WHERE id > 1", "((id + 1))", "(id, other)"]) {
      await using things = await openThings({
        columns: two,
        ddl: `CREATE TABLE things (id int NOT NULL, note text, other int GENERATED ALWAYS AS IDENTITY); CREATE UNIQUE INDEX ON things ${index}`,
      });
      await things.load(["1,a", "2,a"]);
      expect(await things.load(["1,b", "2,a"])).toEqual([1, 0, 1, 1, 0]);
    }
  });

  test("a table that others inherit from has rows in these, which no index of its own knows", async () => {
    await using things = await openThings({
      columns: two,
      ddl: "CREATE TABLE things (id int PRIMARY KEY, note text); CREATE TABLE more () INHERITS (things)",
    });
    await things.load(["1,a", "2,a"]);
    await things.sql`INSERT INTO more VALUES (1, 'a'), (3, 'a')`;
    expect(await things.load(["1,a", "2,b", "4,a"])).toEqual([2, 0, 1, 3, 0]);
    expect(await things.rows()).toEqual(["(1,a)", "(2,b)", "(4,a)"]);
  });
});

test("columns may be called as the parts of a comparison are", async () => {
  const names = ["present", "wanted", "rel", "differs", "place", "rows", "d", "given", "nth"];
  const columns = Object.fromEntries(names.map((name) => [name, integer(name)]));
  await using things = await openThings({
    columns: { ...columns, present: integer("present").notNull() },
    ddl: `CREATE TABLE things (${names.map((name) => `"${name}" int`).join(", ")}, PRIMARY KEY (present))`,
  });
  const line = (id: number, value: number) => [id, ...names.slice(1).map(() => value)].join(",");
  await things.load([line(1, 1), line(2, 1), line(3, 1)]);
  expect(await things.load([line(1, 1), line(2, 2), line(4, 1)])).toEqual([1, 1, 1, 1, 0]);
  expect(await things.load([line(1, 1), line(2, 3), line(4, 1), line(2, 4)])).toEqual([0, 1, 2, 0, 1]);
});
