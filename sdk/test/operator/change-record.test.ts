import { writeFile } from "node:fs/promises";
import { applyChanges, changeRecord, csv, defineOperator, type LoadOperator } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { bigint, customType, integer, numeric, pgTable, text, timestamp, uuid, varchar } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const pgLsn = customType<{ data: string }>({ dataType: () => "pg_lsn" });

const columns = () => ({
  region: text("region").notNull(),
  id: integer("id").notNull(),
  name: text("name").notNull(),
  code: varchar("code", { length: 5 }),
  price: numeric("price", { precision: 12, scale: 2 }),
  state: text("state").default("new"),
});
const hard = pgTable("things", { ...columns(), place: bigint("place", { mode: "number" }).notNull() });
const byText = pgTable("things", { ...columns(), place: text("place").notNull() });
const soft = pgTable("things", {
  ...columns(),
  place: pgLsn("place").notNull(),
  gone: timestamp("gone", { withTimezone: true, mode: "string" }),
});

const DDL = (
  place: string,
  more = "",
) => `CREATE TABLE things (region text, id int, name text NOT NULL, code varchar(5), price numeric(12,2),
  state text DEFAULT 'new', place ${place} NOT NULL${more}, PRIMARY KEY (region, id))`;

const HEADER = "op,region,id,place,name,the code,price,gone";
const PLAIN: Readonly<Record<string, string>> = {
  op: "insert",
  region: "north",
  id: "1",
  name: "name",
  "the code": "code",
  price: "4.50",
  gone: "",
};
/** Values to try in each column, beside the plain one. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  op: [
    "update",
    "upsert",
    "u",
    "i",
    "d",
    "delete",
    "DELETE",
    '"delete"',
    "Insert",
    "",
    "vacuum",
    "constructor",
    '"up""date"',
  ],
  region: ["", '""', "south", '"a ""b"""', "tab\there", "back\\slash", "\\N", "nul\0", "é漢🚲", '"two\nlines"'],
  id: ["", "x", "01", "+2", "2147483648", "-3", "-0", " 4"],
  place: [
    "",
    "x",
    "-5",
    "007",
    "99999999999999999",
    "9223372036854775808",
    "16/B374D848",
    "16/b374d848",
    "1/",
    "1.5",
    "FFFFFFFFF/0",
  ],
  name: ["", '""', '"quoted, ""twice"""', "\b\f", "a'b"],
  "the code": ["", "123456", "🚲🚲🚲🚲🚲", '"a""b"'],
  price: ["", "x", "1e3", ".5", "NaN", "123456789012.00"],
  gone: ["2024-02-29T12:00:00Z", "yesterday"],
};

/** Each of the values in a change of its own, deletions too; then many changes of few keys. */
function trials(place: (number: number) => string): string {
  const names = HEADER.split(",");
  const lines: string[] = [];
  const line = (values: Readonly<Record<string, string>>) => {
    const row = { ...PLAIN, place: place(lines.length + 1), ...values };
    lines.push(names.map((name) => row[name as keyof typeof row]).join(","));
  };
  for (const [name, values] of Object.entries(VALUES))
    for (const value of values)
      for (const op of name === "op" ? [value] : ["insert", "delete"])
        line({ id: String(100 + lines.length), op, [name]: value });
  for (let number = 0; number < 300; number += 1)
    line({
      op: ["insert", "update", "delete", "u", "d"][(number * 7) % 5]!,
      id: String(number % 11),
      name: `name ${number}`,
      place: place(1000 + (number % 13 === 0 ? number - 20 : number)),
    });
  lines.push("insert,too,few", `${lines.at(-1)},too many`);
  return `${HEADER}\n${lines.join("\n")}\n`;
}

let folder = "";

function operators(target: typeof soft, more: object): readonly LoadOperator[] {
  const load = applyChanges({
    key: [target.region, target.id],
    sequence: target.place,
    ...(target === soft && { softDelete: target.gone }),
  });
  const options = { operation: "op", fields: { code: "the code" } } as const;
  const base = {
    name: "things",
    extract: () => csv(`${folder}/a.csv`),
    record: changeRecord(target, load, options),
    target,
    load,
    rejects: { maxRatio: 1 },
    ...more,
  };
  return [defineOperator(base), defineOperator({ ...base, transform: (change) => change })];
}

const lsn = (number: number) => `F/${number.toString(16).toUpperCase()}`;

test.for([
  ["deleted for good", hard as unknown as typeof soft, DDL("bigint"), String, {}],
  ["by an LSN that is text", byText as unknown as typeof soft, DDL("text"), lsn, {}],
  ["marked as deleted", soft, DDL("pg_lsn", ", gone timestamptz"), lsn, {}],
  ["in small chunks", soft, DDL("pg_lsn", ", gone timestamptz"), lsn, { chunks: { maxRows: 7 } }],
  ["with text repaired", hard as unknown as typeof soft, DDL("bigint"), String, { text: "replace" }],
] as const)(
  "changes that are bytes and ones that are objects come to the same: %s",
  async ([, table, ddl, place, more]) => {
    const outcomes = [];
    for (const operator of operators(table, more)) {
      await using database = await ordersDatabase();
      await database.sql.unsafe(ddl);
      folder = await csvFolder({});
      await writeFile(`${folder}/a.csv`, trials(place));
      const { materializations } = await runOperator(operator, { databaseUrl: database.url });
      const { read, inserted, updated, deleted, unchanged, superseded, rejected, repaired } =
        materializations[0]!.metadata;
      const marked =
        table === soft ? `, CASE WHEN gone < '2025-01-01' THEN gone::text ELSE (gone IS NOT NULL)::text END` : "";
      outcomes.push({
        rows: await database.sql.unsafe(
          `SELECT region, id, name, code, price::text, state, place::text${marked} FROM things ORDER BY region COLLATE "C", id`,
        ),
        stones: await database.sql`SELECT key, sequence FROM millrace.tombstones ORDER BY key COLLATE "C"`,
        letters:
          await database.sql`SELECT code, reason, field, line, byte_offset, record::text, value_types, typed FROM millrace.dead_letters ORDER BY line, reason`,
        // How many of a chunk meet depends on where it ends, which objects do between batches alone.
        counts:
          "chunks" in more
            ? { read, rejected }
            : { read, inserted, updated, deleted, unchanged, superseded, rejected, repaired },
      });
    }
    const [bytes, objects] = outcomes;
    expect(bytes!.rows.length).toBeGreaterThan(30);
    expect(bytes!.letters.length).toBeGreaterThan(15);
    expect(bytes!.letters).toEqual(objects!.letters);
    expect(bytes).toEqual(objects);
  },
);

test("a key that is a UUID is the same however it is written", async () => {
  const target = pgTable("owners", {
    id: uuid("id").primaryKey(),
    place: integer("place").notNull(),
    name: text("name"),
  });
  const load = applyChanges({ key: target.id, sequence: target.place });
  await using database = await ordersDatabase();
  await database.sql.unsafe("CREATE TABLE owners (id uuid PRIMARY KEY, place int NOT NULL, name text)");
  const id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
  folder = await csvFolder({
    "a.csv": `operation,id,place,name\ninsert,${id},1,first\nupdate,${id.toUpperCase()},3,last\nupdate,${id},2,late\ndelete,${id.replace("a0", "b0")},1,\n`,
  });
  const operator = defineOperator({
    name: "owners",
    extract: () => csv(`${folder}/a.csv`),
    record: changeRecord(target, load),
    target,
    load,
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(materializations[0]!.metadata).toMatchObject({ read: 4, inserted: 1, deleted: 1, superseded: 2 });
  expect([...(await database.sql`SELECT name, place FROM owners`)]).toEqual([{ name: "last", place: 3 }]);
});
