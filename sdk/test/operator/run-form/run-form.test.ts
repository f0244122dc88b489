import { defineOperator, metadata, reported, target, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { sql } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import {
  commitWith,
  customers,
  invoices,
  invoicesOperator,
  lines,
  LINES,
  openInvoices,
  stopServer,
} from "./invoices.ts";

afterAll(stopServer);

test("several targets, dead letters and the checkpoint are of one transaction each", async () => {
  await using database = await openInvoices();
  const { materializations } = await runOperator(invoicesOperator({ pages: 4 }), { databaseUrl: database.url });
  const rows = 20 + 20 * LINES;
  expect(materializations[0]!.metadata).toMatchObject({
    read: rows + 20 + 4 + 4,
    inserted: rows + 4,
    updated: 12,
    superseded: 4,
    rejected: 4,
    filtered: 4,
    pages: { raw_value: 4 },
    "dagster/row_count": { raw_value: 20 },
    "dagster/table_name": "public.invoices",
    start: "fresh",
  });
  // One for each page, and one that says that it is finished.
  expect(await database.sql`SELECT commits FROM millrace.runs`).toEqual([{ commits: 5 }]);
});

test("what the work raises rolls back all that its chunk has written, and fails the run", async () => {
  await using database = await openInvoices();
  const operator = invoicesOperator({
    pages: 3,
    before: (page, moment) => {
      if (page === 1 && moment === "commit") throw new RangeError("not this page");
    },
  });
  await expect(runOperator(operator, { databaseUrl: database.url })).rejects.toThrow("not this page");
  expect(await database.sql`SELECT count(*)::int AS n, max(invoice) AS last FROM lines`).toEqual([{ n: 15, last: 4 }]);
  expect(await database.sql`SELECT status, cursor FROM millrace.checkpoints`).toEqual([
    { status: "running", cursor: 0 },
  ]);
  expect(await database.sql`SELECT status, error FROM millrace.runs`).toEqual([
    { status: "failed", error: "not this page" },
  ]);
});

describe("C25: killed at any point of a chunk, a retry goes on behind the last commit, and it comes to what it would have", () => {
  test.for([
    [0, "lines"],
    [2, "invoices"],
    [2, "lines"],
    [2, "commit"],
  ] as const)("page %i, %s", async ([page, moment]) => {
    await using clean = await openInvoices();
    await runOperator(invoicesOperator({ pages: 4 }), { databaseUrl: clean.url });
    await using database = await openInvoices();
    const child = [`${import.meta.dirname}/killed-child.ts`, database.url, "4", String(page), moment];
    expect((await execa(process.execPath, child, { reject: false })).signal).toBe("SIGKILL");
    const { materializations } = await runOperator(invoicesOperator({ pages: 4 }), { databaseUrl: database.url });
    expect(materializations[0]!.metadata).toMatchObject({ start: page === 0 ? "fresh" : "resume" });
    expect(await database.content()).toEqual(await clean.content());
  });
});

test("C3: a run that was given up commits nothing once another has begun", async () => {
  await using database = await openInvoices();
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  const zombie = runOperator(
    invoicesOperator({
      pages: 2,
      before: async (page, moment) => {
        if (page !== 1 || moment !== "invoices") return;
        stop();
        await gate;
      },
    }),
    { databaseUrl: database.url },
  ).catch((error: unknown) => String(error));
  await stopped;
  // The successor waits for the zombie's transaction; its beginning alone fences it off.
  const successor = runOperator(invoicesOperator({ pages: 3 }), { databaseUrl: database.url });
  while ((await database.sql`SELECT 1 FROM millrace.runs`).length < 2)
    await new Promise((done) => setTimeout(done, 10));
  goOn();
  expect(await zombie).toContain("[FENCED]");
  await successor;
  expect(
    await database.sql`SELECT count(*)::int AS n, count(DISTINCT (invoice, line))::int AS keys FROM lines`,
  ).toEqual([{ n: 45, keys: 45 }]);
});

test("a run after a finished one goes on at its checkpoint", async () => {
  await using database = await openInvoices();
  await runOperator(invoicesOperator({ pages: 2 }), { databaseUrl: database.url });
  const { materializations } = await runOperator(invoicesOperator({ pages: 3 }), { databaseUrl: database.url });
  expect(materializations[0]!.metadata).toMatchObject({ start: "incremental", pages: { raw_value: 1 } });
  expect(await database.sql`SELECT count(*)::int AS n FROM lines`).toEqual([{ n: 45 }]);
  expect(await database.sql`SELECT status FROM millrace.dead_letters`).toEqual(
    [0, 1, 2].map(() => ({ status: "open" })),
  );
});

test("C16: rows that a target refuses are dead letters with their origin, and the others of the chunk are loaded", async () => {
  await using database = await openInvoices(", CHECK (amount >= 0)");
  const operator = commitWith(async (chunk) => {
    await chunk.write(invoices, [
      { id: 1, customer: "a" },
      { id: 2, customer: null as never },
    ]);
    const records = [1, 1, 2, 1].map((invoice, line) => ({ invoice, line, amount: line === 1 ? -5 : 5 }));
    const origin = (row: number) => ({
      record: { nr: row },
      position: { source: "ledger.txt", line: row + 1, byteOffset: null },
    });
    await chunk.write(lines, records, { origin });
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(materializations[0]!.metadata).toMatchObject({ read: 6, inserted: 3, rejected: 3 });
  expect(await database.sql`SELECT line FROM lines ORDER BY line`).toEqual([{ line: 0 }, { line: 3 }]);
  expect(await database.sql`SELECT code, source, line, record FROM millrace.dead_letters ORDER BY id`).toEqual([
    { code: "NOT_NULL", source: "invoices", line: null, record: { id: 2, customer: null } },
    { code: "CHECK", source: "ledger.txt", line: "2", record: { nr: 1 } },
    { code: "FOREIGN_KEY", source: "ledger.txt", line: "3", record: { nr: 2 } },
  ]);
});

test("C15: too many rejects fail the run, roll the chunk back and keep the dead letters", async () => {
  await using database = await openInvoices();
  const operator = defineOperator({
    name: "invoices",
    targets: [target(invoices, upsert({ key: invoices.id }))],
    rejects: { max: 1 },
    run: ({ commit }) =>
      commit(async (chunk) => {
        await chunk.write(invoices, [{ id: 1, customer: "a" }]);
        for (const reason of ["one", "two"]) chunk.reject({ reason });
      }),
  });
  await expect(runOperator(operator, { databaseUrl: database.url })).rejects.toThrow("[TOO_MANY_REJECTS]");
  expect(await database.sql`SELECT 1 FROM invoices`).toEqual([]);
  expect(await database.sql`SELECT reason, status FROM millrace.dead_letters ORDER BY id`).toEqual([
    { reason: "one", status: "uncommitted" },
    { reason: "two", status: "uncommitted" },
  ]);
});

test("the chunk's own database is of its transaction, the context's is not", async () => {
  await using database = await openInvoices();
  const counts: number[] = [];
  const operator = defineOperator({
    name: "invoices",
    targets: [target(invoices, upsert({ key: invoices.id }))],
    run: async ({ commit, database: outside }) => {
      await commit(async (chunk) => {
        await chunk.database.execute(sql`INSERT INTO customers VALUES ('by hand', 1)`);
        for (const db of [chunk.database, outside]) counts.push(await db.$count(customers));
      });
    },
  });
  await runOperator(operator, { databaseUrl: database.url });
  expect(counts).toEqual([1, 0]);
  expect(await database.sql`SELECT name FROM customers`).toEqual([{ name: "by hand" }]);
});

test("an operator without targets runs, reports its own checks and metadata, and is in the ledger", async () => {
  await using database = await openInvoices();
  const operator = defineOperator({
    name: "look",
    checks: [reported({ name: "fresh", severity: "warn" })],
    run: async ({ check, metadata: shown }) => {
      check({ name: "fresh", passed: false, metadata: { age_hours: 30 } });
      shown.add({ note: metadata.markdown("**old**") });
      expect(() => check({ name: "other", passed: true })).toThrow("[CHECK_UNKNOWN]");
    },
  });
  const { checks, materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(checks).toMatchObject([{ checkName: "fresh", passed: false, severity: "warn", metadata: { age_hours: 30 } }]);
  expect(materializations[0]!.metadata).toMatchObject({ note: { type: "md", raw_value: "**old**" }, read: 0 });
  expect(await database.sql`SELECT status FROM millrace.runs`).toEqual([{ status: "finished" }]);
});

test("what can not be done is said: an undeclared table, a commit in a commit, a chunk after its end, problems of all targets", async () => {
  await using database = await openInvoices();
  const run = (operator: Parameters<typeof runOperator>[0]) => runOperator(operator, { databaseUrl: database.url });
  const nowhere = pgTable("nowhere", { id: integer("id") });
  await expect(run(commitWith((chunk) => chunk.write(nowhere as never, [{ id: 1 }] as never)))).rejects.toThrow(
    "[TARGET_UNDECLARED] public.nowhere is no target",
  );
  const nested = defineOperator({ name: "nested", run: ({ commit }) => commit(() => commit(() => {})) });
  await expect(run(nested)).rejects.toThrow("[COMMIT_NESTED]");
  let kept: { filter(): void } | undefined;
  const late = defineOperator({
    name: "late",
    run: async ({ commit }) => {
      await commit((chunk) => void (kept = chunk));
      kept!.filter();
    },
  });
  await expect(run(late)).rejects.toThrow("[COMMIT_ENDED]");
  const elsewhere = pgTable("elsewhere", { id: integer("id") });
  const targets = [target(nowhere, upsert({ key: nowhere.id })), target(elsewhere, upsert({ key: elsewhere.id }))];
  await expect(run(defineOperator({ name: "both", targets, run: async () => {} }))).rejects.toThrow(
    /\[PREFLIGHT\] public\.nowhere .* does not exist\. public\.elsewhere .* does not exist/,
  );
});

test("C26: the work is done again where the connection was lost within it", async () => {
  await using database = await openInvoices();
  let times = 0;
  const operator = commitWith(async (chunk) => {
    times += 1;
    await chunk.write(invoices, [{ id: times, customer: "a" }]);
    if (times === 1)
      await database.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace invoices%' AND datname = current_database()`;
    await chunk.write(lines, [{ invoice: times, line: 1, amount: 1 }]);
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(times).toBe(2);
  expect(materializations[0]!.metadata).toMatchObject({ read: 2, inserted: 2 });
  expect(await database.sql`SELECT id FROM invoices`).toEqual([{ id: 2 }]);
});

test("C2: a finished run that the scheduler did not hear of is reported again, with what the operator has said", async () => {
  await using database = await openInvoices();
  const run = async () =>
    (await runOperator(invoicesOperator({ pages: 2 }), { databaseUrl: database.url, runId: "run 1" }))
      .materializations[0]!.metadata;
  const first = await run();
  expect(await run()).toEqual({
    ...first,
    start: "reported-again",
    duration_seconds: expect.anything(),
    rows_per_second: expect.anything(),
  });
  expect(await database.sql`SELECT count(*)::int AS n FROM lines`).toEqual([{ n: 30 }]);
});
