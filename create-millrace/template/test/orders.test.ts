import { applyMigrations, runOperator, startPostgres } from "@millrace/sdk/testing";
import { deepEqual } from "node:assert/strict";
import { after, before, test } from "node:test";
import orders from "../operators/orders.ts";

let server: Awaited<ReturnType<typeof startPostgres>>;
before(async () => {
  server = await startPostgres();
});
after(() => server[Symbol.asyncDispose]());

test("a day's orders are loaded, and one with a negative amount is put aside", async () => {
  const databaseUrl = await server.createDatabase("orders");
  await applyMigrations(databaseUrl);
  const { materializations } = await runOperator(orders, { databaseUrl, partitions: ["2024-01-02"] });
  const { read, inserted, rejected } = materializations[0]!.metadata;
  deepEqual({ read, inserted, rejected }, { read: 3, inserted: 2, rejected: 1 });
});
