import { applyChanges, defineOperator, query, staticPartitions } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { sql as drizzleSql } from "drizzle-orm";
import { bigint, integer, json, pgTable, timestamp } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { modelOutcome, randomEvents, seededRandom } from "./change-model.ts";
import {
  customersOperator,
  databaseWith,
  deletionTime,
  event,
  eventSource,
  HARD,
  openCustomers,
  sequenceText,
  SOFT,
  stopServer,
  type CustomersVariant,
} from "./changes.ts";

afterAll(stopServer);

describe("C8, C9: the outcome is that of one change after the other, whatever the size of a chunk, the order and the repetitions", () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const streams = Number(process.env["MILLRACE_STREAMS"] ?? 2);
  const variants: readonly CustomersVariant[] = [
    { deletion: "hard", sequence: "numeric", partitioned: false },
    { deletion: "hard", sequence: "text", partitioned: false },
    { deletion: "hard", sequence: "text", partitioned: true },
    { deletion: "soft", sequence: "pg_lsn", partitioned: false },
    { deletion: "soft", sequence: "text", partitioned: true },
  ];
  test.for(variants)(
    `deletion $deletion, sequence $sequence, partitioned $partitioned (MILLRACE_SEED=${seed})`,
    async (variant) => {
      await using customers = await openCustomers(variant);
      const random = seededRandom(seed);
      for (let stream = 0; stream < streams; stream += 1) {
        const events = randomEvents(random, 40);
        const expected = modelOutcome(events, variant);
        for (const chunkRows of [1, 7, 1000]) {
          const counts = await customers.apply(events, chunkRows);
          const actual = { rows: await customers.rows(), tombstones: await customers.tombstones() };
          expect(actual, `stream ${stream} in chunks of ${chunkRows}`).toEqual(expected);
          expect(counts).toMatchObject({ read: events.length, rejected: 0 });
          if (chunkRows === 1000) {
            const again = await customers.apply(events, 20);
            expect(again, `stream ${stream} again`).toMatchObject({ inserted: 0, updated: 0, deleted: 0, removed: 0 });
            expect({ rows: await customers.rows(), tombstones: await customers.tombstones() }).toEqual(expected);
          }
          await customers.sql`TRUNCATE customers, millrace.tombstones`;
        }
      }
    },
  );
});

describe.for(["text", "pg_lsn"] as const)("C8: a sequence of type %s is compared as a number", (sequence) => {
  const lower = 9 * 2 ** 32 + 0xff_ff_ff_ff;
  const higher = 16 * 2 ** 32;

  test.for([1, 1000])("older and equally new changes are skipped and counted, in chunks of %i", async (chunkRows) => {
    const variant = { ...HARD, sequence };
    await using customers = await openCustomers(variant);
    expect([sequenceText(lower, variant), sequenceText(higher, variant)]).toEqual(["9/FFFFFFFF", "10/0"]);
    const counts = await customers.apply(
      [
        event("update", 1, higher, { name: "new" }),
        event("update", 1, lower, { name: "old" }),
        event("update", 1, higher, { name: "tie" }),
        event("delete", 1, lower),
      ],
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
  const broken = [
    event("insert", 100, Number.NaN),
    event("delete", null as never, 5),
    event("vacuum" as never, 1, 100),
    event("update", 2, 90, { previous: { region: "north", id: null as never } }),
  ];
  expect(await customers.apply([...events, ...broken])).toMatchObject({ read: 44, inserted: 40, rejected: 4 });
  const letters =
    await customers.sql`SELECT code, field, record->>'sequence' AS sequence FROM millrace.dead_letters ORDER BY id`;
  expect(letters.map(({ code, field }) => `${code} ${field}`)).toEqual([
    "SEQUENCE lsn",
    "NOT_NULL id",
    "CHANGE_OPERATION operation",
    "NOT_NULL id",
  ]);
});

describe.for([HARD, SOFT])("C9: after a $deletion deletion", (variant) => {
  test.for([1, 1000])(
    "a stale change does not bring the row back, a newer one does, in chunks of %i and in later runs",
    async (chunkRows) => {
      await using customers = await openCustomers(variant);
      const soft = variant.deletion === "soft";
      const gone = soft ? ["north 1 name 10 - 20 true"] : [];
      expect(
        await customers.apply([event("insert", 1, 10), event("delete", 1, 20), event("update", 1, 15)], chunkRows),
      ).toMatchObject({ deleted: 1, superseded: chunkRows === 1 ? 1 : 2 });
      expect(await customers.rows()).toEqual(gone);
      expect(await customers.tombstones()).toEqual(soft ? [] : ['["north","1"] 20']);
      if (soft) {
        const [row] = await customers.sql`SELECT deleted_at FROM customers`;
        expect((row!["deleted_at"] as Date).toISOString()).toBe(deletionTime(20));
      }
      expect(await customers.apply([event("insert", 1, 12), event("update", 1, 19)], chunkRows)).toMatchObject({
        inserted: 0,
        updated: 0,
        superseded: 2,
      });
      expect(await customers.rows()).toEqual(gone);
      await customers.apply([event("insert", 1, 30)], chunkRows);
      expect(await customers.rows()).toEqual([`north 1 name 30 - 30${soft ? " false" : ""}`]);
      expect(await customers.tombstones()).toEqual([]);
    },
  );

  test.for([1, 1000])(
    "the deletion of a row that was never there leaves a tombstone, in chunks of %i",
    async (chunkRows) => {
      await using customers = await openCustomers(variant);
      await customers.apply([event("delete", 1, 20), event("insert", 1, 10), event("insert", 2, 5)], chunkRows);
      expect(await customers.rows()).toEqual([`north 2 name 5 - 5${variant.deletion === "soft" ? " false" : ""}`]);
      expect(await customers.tombstones()).toEqual(['["north","1"] 20']);
    },
  );
});

test("C9: a deleted row keeps its last image, also where the deletion says something else", async () => {
  await using customers = await openCustomers(SOFT);
  await customers.apply([event("insert", 1, 10, { name: "first" })]);
  await customers.apply([event("update", 1, 11, { name: "last" }), event("delete", 1, 20)]);
  expect(await customers.rows()).toEqual(["north 1 last - 20 true"]);
});

test("changes that are in the table already are not written again", async () => {
  await using customers = await openCustomers(SOFT);
  const events = [event("insert", 1, 1), event("insert", 2, 2), event("delete", 2, 3), event("delete", 3, 4)];
  const { preview } = await customers.apply(events);
  expect(JSON.stringify(preview)).toContain('"operation":"insert","region":"north","id":1');
  const marks = async () => await customers.sql`SELECT ctid::text, xmin::text FROM customers ORDER BY id`;
  const written = await marks();
  expect(await customers.apply(events)).toMatchObject({
    read: 4,
    unchanged: 3,
    superseded: 1,
    inserted: 0,
    updated: 0,
    deleted: 0,
  });
  expect(await marks()).toEqual(written);
});

test.for([1, 1000])(
  "C16: a change that the server refuses is a dead letter, and the one before it stands, in chunks of %i",
  async (chunkRows) => {
    await using customers = await openCustomers(SOFT, ", CONSTRAINT named CHECK (name <> 'refused')");
    const events = [
      event("insert", 1, 1),
      event("update", 1, 2, { name: "refused" }),
      event("insert", 2, 3, { name: "refused" }),
      event("insert", 3, 4, { name: "refused" }),
      event("delete", 3, 5),
      ...Array.from({ length: 40 }, (_, id) => event("insert", 10 + id, 10 + id)),
    ];
    expect(await customers.apply(events, chunkRows)).toMatchObject({ read: 45, rejected: 3, deleted: 1 });
    expect((await customers.rows()).filter((row) => / [1-3] name/.test(row))).toEqual(["north 1 name 1 - 1 false"]);
    expect(await customers.tombstones()).toEqual(['["north","3"] 5']);
    const letters = await customers.sql`SELECT code, line FROM millrace.dead_letters ORDER BY line`;
    expect(letters.map(({ code, line }) => `${code} ${line}`)).toEqual(["CHECK 2", "CHECK 3", "CHECK 4"]);
  },
);

test("chunks of all partitions wait for each other, since they may speak of one key", async () => {
  await using customers = await openCustomers(HARD);
  await customers.sql`SELECT pg_advisory_lock(hashtextextended('millrace public.customers ', 0))`;
  const partitioned = defineOperator({
    ...customersOperator([event("insert", 1, 1)], HARD),
    partitions: staticPartitions(["a", "b"]),
  } as never);
  const run = runOperator(partitioned, { databaseUrl: customers.url, partitions: ["a"] });
  const waiting = async () =>
    (await customers.sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).length;
  while ((await waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await customers.rows()).toEqual([]);
  await customers.sql`SELECT pg_advisory_unlock_all()`;
  await run;
  expect(await customers.rows()).toHaveLength(1);
});

test("rows that were in the table before, without a sequence, are older than any change", async () => {
  await using customers = await openCustomers(HARD);
  await customers.sql`INSERT INTO customers (region, id, name) VALUES ('north', 1, 'snapshot'), ('north', 2, 'snapshot')`;
  expect(await customers.apply([event("update", 1, 1), event("delete", 2, 2)])).toMatchObject({
    updated: 1,
    deleted: 1,
  });
  expect(await customers.rows()).toEqual(["north 1 name 1 - 1"]);
});

test("C11, C17: what is no sequence, no mark or no unique key is said before a change is read", async () => {
  const table = pgTable("customers", { id: integer("id"), data: json("data"), gone: timestamp("gone") });
  const url = await databaseWith(
    "CREATE TABLE customers (id int, data json, gone timestamp NOT NULL, UNIQUE (id) DEFERRABLE)",
  );
  const operator = defineOperator({
    name: "customers",
    extract: () => eventSource([{ id: 1 }], 1),
    target: table,
    load: applyChanges({ key: table.id, sequence: table.data, softDelete: table.gone }),
    transform: ({ id }) => ({ operation: "delete", row: { id, data: {} } }),
  });
  await expect(runOperator(operator, { databaseUrl: url })).rejects.toThrow(
    '[PREFLIGHT] public.customers is not ready to be loaded: column "data" is json, which can not be compared as a sequence; ' +
      'column "gone" takes no null, which says that a row is not deleted; no unique index on (id), which applyChanges needs.',
  );
});

test("rows of a query are no changes", async () => {
  const table = pgTable("customers", { id: integer("id").notNull(), lsn: bigint("lsn", { mode: "bigint" }) });
  const url = await databaseWith("CREATE TABLE customers (id int PRIMARY KEY, lsn bigint)");
  const operator = defineOperator({
    name: "customers",
    extract: () => query(drizzleSql`SELECT 1 AS id, 1 AS lsn`),
    target: table,
    load: applyChanges({ key: table.id, sequence: table.lsn }),
    transform: () => null,
  });
  await expect(runOperator(operator, { databaseUrl: url })).rejects.toThrow("[QUERY_CHANGES]");
});
