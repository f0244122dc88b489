import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOutcome, randomEvents, seededRandom } from "./change-model.ts";
import { createCustomers, customersOperator, deletionTime, sequenceText, type CustomerEvent, type CustomersVariant } from "./changes.ts";

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Customers extends AsyncDisposable {
  readonly sql: Sql;
  /** Applies events and returns what became of them. */
  apply(events: readonly CustomerEvent[], chunkRows?: number): Promise<Record<string, unknown>>;
  rows(): Promise<string[]>;
  tombstones(): Promise<string[]>;
}

async function openCustomers(variant: CustomersVariant, constraints = ""): Promise<Customers> {
  const url = await server.createDatabase(`changes_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(createCustomers(variant, constraints));
  const deleted = variant.deletion === "soft" ? sql`|| ' ' || (deleted_at IS NOT NULL)` : sql``;
  return {
    sql,
    async apply(events, chunkRows) {
      const { materializations } = await runOperator(customersOperator(events, variant, chunkRows), { databaseUrl: url });
      return materializations[0]!.metadata as Record<string, unknown>;
    },
    rows: async () => {
      const rows = await sql`SELECT concat_ws(' ', region, id, name, coalesce(email, '-'), lsn::text) ${deleted} AS line FROM customers`;
      return rows.map(({ line }) => line as string).toSorted();
    },
    tombstones: async () => {
      const rows = await sql`SELECT key, sequence FROM millrace.tombstones WHERE target_table = 'public.customers'`;
      return rows.map(({ key, sequence }) => `${JSON.stringify(JSON.parse(key as string))} ${sequence}`).toSorted();
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

const HARD: CustomersVariant = { deletion: "hard", sequence: "numeric", partitioned: false };
const SOFT: CustomersVariant = { ...HARD, deletion: "soft" };

function event(operation: CustomerEvent["operation"], id: number, sequence: number, more: Partial<CustomerEvent> = {}): CustomerEvent {
  return { operation, region: "north", id, sequence, name: `name ${sequence}`, email: null, previous: null, ...more };
}

describe("C8, C9: the outcome is that of one change after the other, whatever the size of a chunk, the order and the repetitions", () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const streams = Number(process.env["MILLRACE_STREAMS"] ?? 6);
  const variants: readonly CustomersVariant[] = [
    { deletion: "hard", sequence: "numeric", partitioned: false },
    { deletion: "hard", sequence: "text", partitioned: true },
    { deletion: "soft", sequence: "pg_lsn", partitioned: false },
    { deletion: "soft", sequence: "text", partitioned: true },
  ];
  test.for(variants)(`deletion $deletion, sequence $sequence, partitioned $partitioned (MILLRACE_SEED=${seed})`, async (variant) => {
    await using customers = await openCustomers(variant);
    const random = seededRandom(seed);
    for (let stream = 0; stream < streams; stream += 1) {
      const events = randomEvents(random, 50);
      const expected = modelOutcome(events, variant);
      for (const chunkRows of [1, 7, 1000]) {
        const counts = await customers.apply(events, chunkRows);
        const actual = { rows: await customers.rows(), tombstones: await customers.tombstones() };
        expect(actual, `stream ${stream} in chunks of ${chunkRows}`).toEqual(expected);
        expect(counts).toMatchObject({ read: events.length, rejected: 0 });
        const again = await customers.apply(events, 20);
        expect(again, `stream ${stream} again`).toMatchObject({ inserted: 0, updated: 0, deleted: 0, removed: 0 });
        expect({ rows: await customers.rows(), tombstones: await customers.tombstones() }).toEqual(expected);
        await customers.sql`TRUNCATE customers, millrace.tombstones`;
      }
    }
  });
});

describe.for(["text", "pg_lsn"] as const)("C8: a sequence of type %s is compared as a number", (sequence) => {
  const lower = 9 * 2 ** 32 + 0xff_ff_ff_ff;
  const higher = 16 * 2 ** 32;

  test.for([1, 1000])("older and equally new changes are skipped and counted, in chunks of %i", async (chunkRows) => {
    const variant = { ...HARD, sequence };
    await using customers = await openCustomers(variant);
    expect([sequenceText(lower, variant), sequenceText(higher, variant)]).toEqual(["9/FFFFFFFF", "10/0"]);
    const counts = await customers.apply(
      [event("update", 1, higher, { name: "new" }), event("update", 1, lower, { name: "old" }), event("update", 1, higher, { name: "tie" }), event("delete", 1, lower)],
      chunkRows,
    );
    expect(await customers.rows()).toEqual(["north 1 new - 10/0"]);
    expect(counts).toMatchObject({ read: 4, inserted: 1, updated: 0, deleted: 0 });
    expect((counts["superseded"] as number) + (counts["unchanged"] as number)).toBe(3);
  });
});

test("C8: what can not be compared, has no key, or is no operation is a dead letter", async () => {
  await using customers = await openCustomers({ ...HARD, sequence: "text" });
  const events = Array.from({ length: 40 }, (_, id) => event("insert", id, id + 1));
  const broken = [event("insert", 100, Number.NaN), event("delete", null as never, 5), event("truncate" as never, 1, 100), event("update", 2, 90, { previous: { region: "north", id: null as never } })];
  expect(await customers.apply([...events, ...broken])).toMatchObject({ read: 44, inserted: 40, rejected: 4 });
  const letters = await customers.sql`SELECT code, field, record->>'sequence' AS sequence FROM millrace.dead_letters ORDER BY id`;
  expect(letters.map(({ code, field }) => `${code} ${field}`)).toEqual(["SEQUENCE lsn", "NOT_NULL id", "CHANGE_OPERATION operation", "NOT_NULL id"]);
});

describe.for([HARD, SOFT])("C9: after a $deletion deletion", (variant) => {
  test.for([1, 1000])("a stale change does not bring the row back, a newer one does, in chunks of %i and in later runs", async (chunkRows) => {
    await using customers = await openCustomers(variant);
    const soft = variant.deletion === "soft";
    const gone = soft ? ["north 1 name 10 - 20 true"] : [];
    expect(await customers.apply([event("insert", 1, 10), event("delete", 1, 20), event("update", 1, 15)], chunkRows)).toMatchObject({ deleted: 1, superseded: chunkRows === 1 ? 1 : 2 });
    expect(await customers.rows()).toEqual(gone);
    expect(await customers.tombstones()).toEqual(soft ? [] : ['["north","1"] 20']);
    if (soft) {
      const [row] = await customers.sql`SELECT deleted_at FROM customers`;
      expect((row?.["deleted_at"] as Date).toISOString()).toBe(deletionTime(20));
    }
    expect(await customers.apply([event("insert", 1, 12), event("update", 1, 19)], chunkRows)).toMatchObject({ inserted: 0, updated: 0, superseded: 2 });
    expect(await customers.rows()).toEqual(gone);
    await customers.apply([event("insert", 1, 30)], chunkRows);
    expect(await customers.rows()).toEqual([`north 1 name 30 - 30${soft ? " false" : ""}`]);
    expect(await customers.tombstones()).toEqual([]);
  });

  test.for([1, 1000])("the deletion of a row that was never there leaves a tombstone, in chunks of %i", async (chunkRows) => {
    await using customers = await openCustomers(variant);
    await customers.apply([event("delete", 1, 20), event("insert", 1, 10), event("insert", 2, 5)], chunkRows);
    expect(await customers.rows()).toEqual([`north 2 name 5 - 5${variant.deletion === "soft" ? " false" : ""}`]);
    expect(await customers.tombstones()).toEqual(['["north","1"] 20']);
  });
});

test("C9: a deleted row keeps its last image, also where the deletion says something else", async () => {
  await using customers = await openCustomers(SOFT);
  await customers.apply([event("insert", 1, 10, { name: "first" })]);
  await customers.apply([event("update", 1, 11, { name: "last" }), event("delete", 1, 20)]);
  expect(await customers.rows()).toEqual(["north 1 last - 20 true"]);
});

describe("C10: a unique value", () => {
  const unique = ", CONSTRAINT unique_email UNIQUE (region, email)";
  const swap = [event("update", 1, 11, { email: "b" }), event("update", 2, 12, { email: "a" }), event("update", 3, 13, { email: "d" })];
  const before = [event("insert", 1, 1, { email: "a" }), event("insert", 2, 2, { email: "b" }), event("insert", 3, 3, { email: "c" })];

  test("can be swapped between two rows in one batch, and what the changes do not say stays", async () => {
    await using customers = await openCustomers(HARD, unique);
    await customers.sql`CREATE TABLE invoices (region text, id int, FOREIGN KEY (region, id) REFERENCES customers)`;
    await customers.apply(before);
    await customers.sql`INSERT INTO invoices VALUES ('north', 1), ('north', 2)`;
    await customers.sql`UPDATE customers SET loaded = 42`;
    expect(await customers.apply(swap)).toMatchObject({ read: 3, inserted: 0, updated: 3, removed: 0 });
    expect(await customers.rows()).toEqual(["north 1 name 11 b 11", "north 2 name 12 a 12", "north 3 name 13 d 13"]);
    expect(await customers.sql`SELECT loaded FROM customers`).toEqual([{ loaded: 42 }, { loaded: 42 }, { loaded: 42 }]);
  });

  test("can be handed on along a chain, and to a row that is new", async () => {
    await using customers = await openCustomers(HARD, unique);
    await customers.apply(before);
    const chain = [event("insert", 9, 20, { email: "a" }), event("update", 1, 21, { email: "b" }), event("update", 2, 22, { email: "c" }), event("update", 3, 23, { email: "z" })];
    expect(await customers.apply(chain)).toMatchObject({ inserted: 1, updated: 3 });
    expect(await customers.rows()).toEqual(["north 1 name 21 b 21", "north 2 name 22 c 22", "north 3 name 23 z 23", "north 9 name 20 a 20"]);
  });

  test("is refused where swapping it would reach into other tables, and nothing is lost", async () => {
    await using customers = await openCustomers(HARD, unique);
    await customers.sql`CREATE TABLE invoices (region text, id int, CONSTRAINT of_customer FOREIGN KEY (region, id) REFERENCES customers ON DELETE CASCADE)`;
    await customers.apply(before);
    await customers.sql`INSERT INTO invoices VALUES ('north', 1)`;
    await expect(customers.apply(swap)).rejects.toThrow("[UNIQUE_SWAP] Rows of public.customers exchange a unique value, for which they are deleted and inserted again; the foreign key of_customer on invoices forbids or follows that.");
    expect(await customers.sql`SELECT * FROM invoices`).toHaveLength(1);
    await customers.sql`ALTER TABLE customers DROP CONSTRAINT unique_email, ADD UNIQUE (region, email) DEFERRABLE`;
    expect(await customers.apply(swap)).toMatchObject({ updated: 3 });
    expect(await customers.sql`SELECT * FROM invoices`).toHaveLength(1);
  });

  test("is free once its row is deleted, or only marked where the index leaves marked rows out", async () => {
    await using hard = await openCustomers(HARD, unique);
    await using soft = await openCustomers(SOFT);
    await soft.sql`CREATE UNIQUE INDEX ON customers (lower(email)) WHERE deleted_at IS NULL`;
    for (const customers of [hard, soft]) {
      await customers.apply(before);
      const events = [event("insert", 7, 20, { email: "a" }), event("delete", 1, 21)];
      expect(await customers.apply(events)).toMatchObject({ inserted: 1, deleted: 1 });
    }
    expect(await hard.rows()).toEqual(["north 2 name 2 b 2", "north 3 name 3 c 3", "north 7 name 20 a 20"]);
    expect(await soft.rows()).toContain("north 1 name 1 a 21 true");
    // A row that is written and deleted in one batch gives up the value that it had before.
    expect(await soft.apply([event("update", 2, 30, { email: "x" }), event("delete", 2, 31), event("insert", 8, 32, { email: "B" })])).toMatchObject({ inserted: 1, deleted: 1 });
    expect(await soft.rows()).toContain("north 2 name 30 x 31 true");
  });

  test.for([HARD, SOFT])("goes with a row whose key changes: a deletion ($deletion) and an insertion", async (variant) => {
    await using customers = await openCustomers(variant);
    await customers.sql`CREATE UNIQUE INDEX ON customers (email) ${variant.deletion === "soft" ? customers.sql`WHERE deleted_at IS NULL` : customers.sql``}`;
    await customers.apply(before);
    const moved = [event("update", 4, 10, { email: "a", previous: { region: "north", id: 1 } }), event("update", 2, 11, { email: "b", name: "same key", previous: { region: "north", id: 2 } })];
    expect(await customers.apply(moved)).toMatchObject({ read: 2, inserted: 1, updated: 1, deleted: 0, removed: 1 });
    const live = (await customers.rows()).filter((row) => !row.endsWith("true")).map((row) => row.replace(" false", ""));
    expect(live).toEqual(["north 2 same key b 11", "north 3 name 3 c 3", "north 4 name 10 a 10"]);
    expect(await customers.apply([event("update", 1, 9)])).toMatchObject({ superseded: 1 });
  });
});

test("changes that are in the table already are not written again", async () => {
  await using customers = await openCustomers(SOFT);
  const events = [event("insert", 1, 1), event("insert", 2, 2), event("delete", 2, 3), event("delete", 3, 4)];
  await customers.apply(events);
  const marks = async () => await customers.sql`SELECT ctid::text, xmin::text FROM customers ORDER BY id`;
  const written = await marks();
  expect(await customers.apply(events)).toMatchObject({ read: 4, unchanged: 3, superseded: 1, inserted: 0, updated: 0, deleted: 0 });
  expect(await marks()).toEqual(written);
});

test("rows that were in the table before, without a sequence, are older than any change", async () => {
  await using customers = await openCustomers(HARD);
  await customers.sql`INSERT INTO customers (region, id, name) VALUES ('north', 1, 'snapshot'), ('north', 2, 'snapshot')`;
  expect(await customers.apply([event("update", 1, 1), event("delete", 2, 2)])).toMatchObject({ updated: 1, deleted: 1 });
  expect(await customers.rows()).toEqual(["north 1 name 1 - 1"]);
});
