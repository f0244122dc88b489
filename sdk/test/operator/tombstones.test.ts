import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { customersOperator, event, HARD, openCustomers, stopServer } from "./changes.ts";

afterAll(stopServer);

test("C9: tombstones are forgotten with a run's last commit once they are older than they are to be kept", async () => {
  await using customers = await openCustomers(HARD);
  await customers.apply([event("delete", 1, 20), event("delete", 2, 20)]);
  await customers.sql`UPDATE millrace.tombstones SET deleted_at = now() - interval '8 days' WHERE key LIKE '%"1"%'`;
  await customers.sql`INSERT INTO millrace.tombstones VALUES ('public.others', '1', 1, now() - interval '80 days')`;
  const run = (sequence: number, keepDays?: number) =>
    runOperator(
      customersOperator([event("insert", 3, sequence)], { ...HARD, ...(keepDays !== undefined && { keepDays }) }),
      { databaseUrl: customers.url },
    );
  await run(30);
  await run(31, 9);
  expect(await customers.tombstones()).toEqual(['["north","1"] 20', '["north","2"] 20']);
  await run(32, 7);
  expect(await customers.tombstones()).toEqual(['["north","2"] 20']);
  expect(await customers.sql`SELECT target_table FROM millrace.tombstones ORDER BY 1`).toMatchObject([
    { target_table: "public.customers" },
    { target_table: "public.others" },
  ]);
  expect(() => customersOperator([], { ...HARD, keepDays: Number.NaN })).toThrow(TypeError);
});
