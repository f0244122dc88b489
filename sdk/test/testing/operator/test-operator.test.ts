import { startPostgres, testOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import orders from "./operators/orders.ts";

const server = await startPostgres();
afterAll(() => server[Symbol.asyncDispose]());

const sql = readFileSync(new URL("tables.sql", import.meta.url), "utf8");
const file = new URL("operators/orders.ts", import.meta.url);
const files = { "in/orders.csv": "id,customer,cents\n2,Grace,9007199254740993\n1,,7\n3,Ada,5\n10,Alan,6\n" };

test.for([
  ["in this process", orders, (folder: string) => ({ file: `${folder}/in/orders.csv` })],
  ["in a process of its own, standing where the files are", file, { file: "in/orders.csv" }],
] as const)("one call says what a run %s came to", async ([, operator, config]) => {
  const run = await testOperator(operator, { server, sql, files, config });
  expect(run).toMatchObject({ error: null, killed: false, targets: ["public.orders"] });
  expect(run.rows).toEqual({
    orders: [
      { id: 2, customer: "Grace", cents: "9007199254740993" },
      { id: 3, customer: "Ada", cents: "5" },
      { id: 10, customer: "Alan", cents: "6" },
    ],
    visits: [],
  });
  expect(run.deadLetters).toMatchObject([{ code: "SCHEMA", field: "customer", line: 3, record: { id: "1" } }]);
  expect(run.metadata).toMatchObject({ read: 4, inserted: 3, rejected: 1 });
  expect(run.reported.logs).toContainEqual({ level: "warning", message: expect.stringContaining("rejected=1") });
});

test("a run that fails is returned, with what it left", async () => {
  for (const operator of [orders, file]) {
    const run = await testOperator(operator, { server, sql, config: { file: "none.csv" } });
    expect(run.error?.message).toMatch(/^\[SOURCE_NOT_FOUND\]/);
    expect(run.error?.stack.join("")).toContain("src/extract/");
    expect(run.rows["orders"]).toEqual([]);
  }
});

test("a dry run, and a run on what another one has left", async () => {
  const databaseUrl = await server.createDatabase("kept");
  const config = { file: "in/orders.csv" };
  const dry = await testOperator(file, { databaseUrl, sql, files, config, dryRun: true });
  expect([dry.rows["orders"], dry.deadLetters, dry.metadata["inserted"]]).toEqual([[], [], 3]);
  await testOperator(file, { databaseUrl, files, config });
  const changed = { "in/orders.csv": "id,customer,cents\n2,Grace,0\n" };
  const second = await testOperator(file, { databaseUrl, files: changed, config });
  expect(second.metadata).toMatchObject({ updated: 1, inserted: 0 });
  expect(second.rows["orders"]).toHaveLength(3);
});

test("a process is killed at a point by its name, and only there", async () => {
  const config = { file: "in/orders.csv" };
  const rows = async (
    killAt: "before-first-commit" | "after-first-commit" | "before-second-commit" | "before-report",
  ) => {
    const {
      killed,
      rows: found,
      deadLetters,
    } = await testOperator(file, { server, sql, files, config, chunkRows: 2, killAt });
    return [killed, found["orders"]!.length, deadLetters.length];
  };
  expect(await rows("before-first-commit")).toEqual([true, 0, 0]);
  expect(await rows("after-first-commit")).toEqual([true, 1, 1]);
  expect(await rows("before-second-commit")).toEqual([true, 1, 1]);
  expect(await rows("before-report")).toEqual([true, 3, 1]);
  const all = await testOperator(file, { server, sql, files, config, chunkRows: 100, killAt: "before-second-commit" });
  expect([all.killed, all.error]).toEqual([false, null]);
  await expect(testOperator(orders, { server, killAt: "before-report" })).rejects.toThrow("[TEST_KILL]");
});

test("a file that is no operator is said to be none", async () => {
  await expect(testOperator(new URL("operators/tables.ts", import.meta.url), { server })).rejects.toThrow(
    /^\[TEST_PROCESS\][^]*has no operator as its default export/,
  );
});
