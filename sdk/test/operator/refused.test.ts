import { append, deleteInsert, replace, upsert, type LoadStrategy } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  bytesOrdersOperator,
  csvFolder,
  dailyOrdersOperator,
  hashedOrdersOperator,
  orders,
  ordersDatabase,
  ordersOperator,
  stopServer,
  type OrdersDatabase,
} from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";
const ROWS = 30_000;

/** Faults that only the server sees, by the row that has it: what is written, and what the dead letter says. */
const FAULTS: Readonly<
  Record<
    number,
    {
      readonly note?: string;
      readonly amount?: string;
      readonly code: string;
      readonly field: string | null;
      readonly reason: RegExp;
    }
  >
> = {
  7: { amount: "99999999999", code: "NUMBER_RANGE", field: "amount", reason: /^numeric field overflow: / },
  100: {
    note: "forbidden",
    code: "CHECK",
    field: "note",
    reason:
      /^new row for relation "orders" violates check constraint "orders_note_allowed": Failing row contains \(100, /,
  },
  101: {
    note: "",
    code: "NOT_NULL",
    field: "note",
    reason: /^null value in column "note" of relation "orders" violates not-null constraint: /,
  },
  12_000: {
    note: "n5",
    code: "UNIQUE",
    field: "note",
    reason: /^duplicate key value violates unique constraint "orders_note_once": Key \(note\)=\(n5\) already exists\.$/,
  },
  12_001: { note: "trigger", code: "SERVER_22000", field: null, reason: /^the trigger says no$/ },
  27_000: { note: "forbidden", code: "CHECK", field: "note", reason: /orders_note_allowed/ },
  27_001: { amount: "-99999999999.5", code: "NUMBER_RANGE", field: "amount", reason: /overflow/ },
};

const CONSTRAINTS = `ALTER TABLE orders ALTER COLUMN note SET NOT NULL,
  ADD CONSTRAINT orders_note_allowed CHECK (note <> 'forbidden'),
  ADD CONSTRAINT orders_note_once UNIQUE (note) DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the trigger says no' USING ERRCODE = '22000'; END $$;
CREATE TRIGGER no BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.note = 'trigger') EXECUTE FUNCTION no()`;

function line(id: number): string {
  const { note = `n${id}`, amount = "1.50" } = FAULTS[id] ?? {};
  return `${id},2024-01-01,${amount},${note}\n`;
}

const faulty = Object.keys(FAULTS).map(Number);
const content = HEADER + Array.from({ length: ROWS }, (_, id) => line(id)).join("");

async function load(
  database: OrdersDatabase,
  strategy: LoadStrategy<"orders"> | "hashed" | "bytes",
  { partitioned = false } = {},
) {
  const folder = await csvFolder({ "2024-01-01.csv": content });
  const file = `${folder}/2024-01-01.csv`;
  const options = {
    databaseUrl: database.url,
    config: partitioned ? { folder } : { file },
    ...(partitioned && { partitions: ["2024-01-01"] }),
  };
  const operator =
    strategy === "hashed"
      ? hashedOrdersOperator
      : strategy === "bytes"
        ? bytesOrdersOperator
        : partitioned
          ? dailyOrdersOperator(strategy)
          : ordersOperator(strategy);
  const { materializations } = await runOperator(operator, options);
  return materializations[0]!.metadata;
}

async function expectIsolated(database: OrdersDatabase): Promise<void> {
  const letters =
    await database.sql`SELECT code, field, reason, line::int, byte_offset::int, record, source FROM millrace.dead_letters WHERE status = 'open' ORDER BY line`;
  expect(letters.map(({ line: at }) => (at as number) - 2)).toEqual(faulty);
  for (const letter of letters) {
    const id = (letter["line"] as number) - 2;
    const { code, field, reason, note, amount } = FAULTS[id]!;
    expect(letter).toMatchObject({ code, field, reason: expect.stringMatching(reason) as string });
    expect(letter["record"]).toEqual({
      id: String(id),
      day: "2024-01-01",
      amount: amount ?? "1.50",
      note: note === "" ? null : (note ?? `n${id}`),
    });
    expect(content.slice(letter["byte_offset"] as number).startsWith(line(id))).toBe(true);
  }
  const stored = await database.sql`SELECT id FROM orders ORDER BY id`;
  const ids = new Set(stored.map(({ id }) => id as number));
  expect(ids.size).toBe(stored.length);
  expect(Array.from({ length: ROWS }, (_, id) => id).filter((id) => !ids.has(id))).toEqual(faulty);
}

const accounts = {
  read: ROWS,
  inserted: ROWS - faulty.length,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  rejected: faulty.length,
};

describe("C16: rows that the server refuses are dead letters with its words, and all others are loaded", () => {
  test.for([
    ["append", append()],
    ["append of bytes", "bytes"],
    ["upsert", upsert({ key: orders.id })],
    ["upsert of bytes with a hash", "hashed"],
    ["replace of an empty table", replace()],
  ] as const)("%s", async ([, strategy]) => {
    await using database = await ordersDatabase(", row_hash text, PRIMARY KEY (id)");
    await database.sql.unsafe(CONSTRAINTS);
    expect(await load(database, strategy)).toMatchObject(accounts);
    await expectIsolated(database);
  });

  test("delete-insert into an empty partition", async () => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(CONSTRAINTS);
    expect(await load(database, deleteInsert({ partitionBy: orders.day }), { partitioned: true })).toMatchObject(
      accounts,
    );
    await expectIsolated(database);
  });

  test.for([
    ["replace", replace(), false],
    ["delete-insert", deleteInsert({ partitionBy: orders.day }), true],
  ] as const)(
    "%s of rows that are there, found again in the source after all are staged",
    async ([, strategy, partitioned]) => {
      await using database = await ordersDatabase();
      await database.sql.unsafe(CONSTRAINTS);
      await database.sql`INSERT INTO orders SELECT id, '2024-01-01', 1.5, 'n' || id FROM generate_series(1000, 1999) id`;
      await database.sql`INSERT INTO orders VALUES (-1, '2024-01-01', 1, 'goes'), (-2, '2024-01-01', 1, 'n29999')`;
      expect(await load(database, strategy, { partitioned })).toMatchObject({
        ...accounts,
        inserted: accounts.inserted - 1001,
        unchanged: 1000,
        updated: 1,
        removed: 1,
      });
      await expectIsolated(database);
    },
  );

  test("upsert over rows that are there: what is refused leaves them as they were", async () => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    await database.sql.unsafe(CONSTRAINTS);
    await database.sql`INSERT INTO orders SELECT id, '2024-01-01', CASE WHEN id < 50 THEN 1.5 ELSE 3 END, 'n' || id FROM generate_series(0, 199) id`;
    const counts = await load(database, upsert({ key: orders.id }));
    expect(counts).toMatchObject({
      read: ROWS,
      inserted: ROWS - 200 - 4,
      updated: 150 - 2,
      unchanged: 49,
      rejected: faulty.length,
    });
    const kept =
      await database.sql`SELECT id, amount::text, note FROM orders WHERE id IN (7, 100, 101, 102) ORDER BY id`;
    expect(kept.map(({ id, amount, note }) => `${id} ${amount} ${note}`)).toEqual([
      "7 1.50 n7",
      "100 3.00 n100",
      "101 3.00 n101",
      "102 1.50 n102",
    ]);
  });
});

test.for([
  [
    "a foreign key",
    "CREATE TABLE notes (note text PRIMARY KEY); INSERT INTO notes VALUES ('a'), ('b'); ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (note) REFERENCES notes",
    "FOREIGN_KEY",
  ],
  [
    "a foreign key to the table itself",
    "CREATE UNIQUE INDEX ON orders (amount); ALTER TABLE orders ADD COLUMN parent numeric GENERATED ALWAYS AS (CASE note WHEN 'c' THEN 77 ELSE amount END) STORED, ADD CONSTRAINT fk FOREIGN KEY (parent) REFERENCES orders (amount)",
    "FOREIGN_KEY",
  ],
  [
    "an exclusion",
    "ALTER TABLE orders ADD CONSTRAINT no_c EXCLUDE USING btree ((CASE note WHEN 'c' THEN 'a' ELSE id::text END) WITH =); INSERT INTO orders VALUES (0, '2024-01-01', 0, 'c')",
    "EXCLUSION",
  ],
  [
    "an expression that fails on other rows",
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (CASE note WHEN 'c' THEN false ELSE 1 / (id - 3) IS NOT NULL END)",
    "CHECK",
  ],
  [
    "a generated column",
    "ALTER TABLE orders ADD COLUMN g int GENERATED ALWAYS AS (CASE note WHEN 'c' THEN 1 / (id - id) ELSE 1 END) STORED",
    "SERVER_22012",
  ],
  [
    "a partition that is missing",
    "DROP TABLE orders; CREATE TABLE orders (id int NOT NULL, day date NOT NULL, amount numeric(12,2), note text) PARTITION BY LIST (note); CREATE TABLE orders_ab PARTITION OF orders FOR VALUES IN ('a', 'b')",
    "CHECK",
  ],
] as const)("C16: %s is the fault of its rows alone", async ([, ddl, code]) => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(ddl);
  const folder = await csvFolder({
    "a.csv": `${HEADER}1,2024-01-01,1,a\n2,2024-01-01,2,c\n4,2024-01-01,4,b\n5,2024-01-01,5,c\n6,2024-01-01,6,a\n`,
  });
  const { materializations } = await runOperator(ordersOperator(append(), { rejects: { max: 2, maxRatio: 1 } }), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  expect(materializations[0]?.metadata).toMatchObject({ read: 5, inserted: 3, rejected: 2 });
  expect(await database.deadLetters()).toMatchObject([
    { code, line: "3" },
    { code, line: "5" },
  ]);
});
