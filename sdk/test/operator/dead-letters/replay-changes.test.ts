import { replayDeadLetters, type LoadOperator } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { createCustomers, customersOperator, type CustomerEvent, type CustomersVariant } from "../changes.ts";
import { ordersDatabase, stopServer } from "../orders.ts";

afterAll(stopServer);

const VARIANT: CustomersVariant = { deletion: "hard", sequence: "numeric", partitioned: false };

const event = (operation: CustomerEvent["operation"], id: number, sequence: number): CustomerEvent => {
  return { operation, region: "north", id, sequence, name: `name ${sequence}`, email: null, previous: null };
};

test("apply-changes: a change is applied where it is newer than what is there, and is superseded where it is not", async () => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(createCustomers(VARIANT));
  const events = [
    event("insert", 1, 10),
    event("update", 1, 25),
    event("update", 1, 30),
    event("insert", 2, 10),
    event("update", 2, 25),
    event("insert", 3, 10),
    event("delete", 3, 25),
  ];
  const fixed = customersOperator(events, VARIANT);
  // Before the fix the changes with sequence 25 are refused.
  const transform: LoadOperator["transform"] = (change: CustomerEvent, tools) =>
    change.sequence === 25
      ? tools.reject("not yet known")
      : (fixed.transform as NonNullable<LoadOperator["transform"]>)(change as never, tools);
  await runOperator({ ...fixed, transform, rejects: { max: 9, maxRatio: 1 } }, { databaseUrl: database.url });
  const rows = async () =>
    (await database.sql`SELECT concat_ws(' ', id, name, lsn) AS line FROM customers ORDER BY id`).map(
      ({ line }) => line as string,
    );
  expect(await rows()).toEqual(["1 name 30 30", "2 name 10 10", "3 name 10 10"]);

  const result = await replayDeadLetters(fixed, { databaseUrl: database.url });
  expect(result).toMatchObject({
    replayed: 3,
    rejected: 0,
    partitions: [{ counts: { read: 3, updated: 1, deleted: 1, superseded: 1 } }],
  });
  expect(await rows()).toEqual(["1 name 30 30", "2 name 25 25"]);
  expect(await database.sql`SELECT DISTINCT status FROM millrace.dead_letters`).toEqual([{ status: "replayed" }]);
});
