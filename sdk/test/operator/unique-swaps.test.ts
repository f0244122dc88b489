import { afterAll, describe, expect, test } from "vitest";
import { event, HARD, openCustomers, SOFT, stopServer } from "./changes.ts";

afterAll(stopServer);

describe("C10: a unique value", () => {
  const unique = ", CONSTRAINT unique_email UNIQUE (region, email)";
  const swap = [
    event("update", 1, 11, { email: "b" }),
    event("update", 2, 12, { email: "a" }),
    event("update", 3, 13, { email: "d" }),
  ];
  const before = [
    event("insert", 1, 1, { email: "a" }),
    event("insert", 2, 2, { email: "b" }),
    event("insert", 3, 3, { email: "c" }),
  ];

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
    const chain = [
      event("insert", 9, 20, { email: "a" }),
      event("update", 1, 21, { email: "b" }),
      event("update", 2, 22, { email: "c" }),
      event("update", 3, 23, { email: "z" }),
    ];
    expect(await customers.apply(chain)).toMatchObject({ inserted: 1, updated: 3 });
    expect(await customers.rows()).toEqual([
      "north 1 name 21 b 21",
      "north 2 name 22 c 22",
      "north 3 name 23 z 23",
      "north 9 name 20 a 20",
    ]);
  });

  test("is refused where swapping it would reach into other tables, and nothing is lost", async () => {
    await using customers = await openCustomers(HARD, unique);
    await customers.sql`CREATE TABLE invoices (region text, id int, CONSTRAINT of_customer FOREIGN KEY (region, id) REFERENCES customers ON DELETE CASCADE)`;
    await customers.apply(before);
    await customers.sql`INSERT INTO invoices VALUES ('north', 1)`;
    await expect(customers.apply(swap)).rejects.toThrow(
      "[UNIQUE_SWAP] Rows of public.customers exchange a unique value, for which they are deleted and inserted again; the foreign key of_customer on invoices forbids or follows that.",
    );
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
    expect(
      await soft.apply([
        event("update", 2, 30, { email: "x" }),
        event("delete", 2, 31),
        event("insert", 8, 32, { email: "B" }),
      ]),
    ).toMatchObject({ inserted: 1, deleted: 1 });
    expect(await soft.rows()).toContain("north 2 name 30 x 31 true");
  });

  test.for([HARD, SOFT])(
    "goes with a row whose key changes: a deletion ($deletion) and an insertion",
    async (variant) => {
      await using customers = await openCustomers(variant);
      await customers.sql`CREATE UNIQUE INDEX ON customers (email) ${variant.deletion === "soft" ? customers.sql`WHERE deleted_at IS NULL` : customers.sql``}`;
      await customers.apply(before);
      const moved = [
        event("update", 4, 10, { email: "a", previous: { region: "north", id: 1 } }),
        event("update", 2, 11, { email: "b", name: "same key", previous: { region: "north", id: 2 } }),
      ];
      expect(await customers.apply(moved)).toMatchObject({ read: 2, inserted: 1, updated: 1, deleted: 0, removed: 1 });
      const live = (await customers.rows())
        .filter((row) => !row.endsWith("true"))
        .map((row) => row.replace(" false", ""));
      expect(live).toEqual(["north 2 same key b 11", "north 3 name 3 c 3", "north 4 name 10 a 10"]);
      expect(await customers.apply([event("update", 1, 9)])).toMatchObject({ superseded: 1 });
    },
  );
});
