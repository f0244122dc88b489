import { append, applyChanges, defineOperator, target, upsert, type RunOperator, type RunTools } from "@millrace/sdk";
import type { PostgresServer } from "@millrace/sdk/testing";
import { startTestServer } from "../test-server.ts";
import { bigint, integer, pgTable, text } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";

export const invoices = pgTable("invoices", {
  id: integer("id").primaryKey(),
  customer: text("customer").notNull(),
  hash: text("hash"),
});
export const lines = pgTable("lines", {
  invoice: integer("invoice").notNull(),
  line: integer("line").notNull(),
  amount: integer("amount").notNull(),
});
export const customers = pgTable("customers", {
  name: text("name").primaryKey(),
  lsn: bigint("lsn", { mode: "number" }),
});

const targets = [
  target(invoices, upsert({ key: invoices.id, hash: invoices.hash })),
  target(lines, append()),
  target(customers, applyChanges({ key: customers.name, sequence: customers.lsn })),
] as const;

type Tools = RunTools<typeof targets>;

export const LINES = 3;

/** So many invoices, a few at a time, each with its lines and its customer; the last page is where a later run goes on. */
export function invoicesOperator({
  pages,
  page = 5,
  before = () => {},
}: {
  readonly pages: number;
  readonly page?: number;
  readonly before?: (page: number, moment: "invoices" | "lines" | "commit") => void | Promise<void>;
}): RunOperator {
  return defineOperator({
    name: "invoices",
    targets,
    run: async ({ checkpoint, commit, metadata }) => {
      const from = checkpoint === null ? 0 : (checkpoint as number) + 1;
      for (let number = from; number < pages; number += 1) {
        await commit(async (chunk) => {
          const ids = Array.from({ length: page }, (_, index) => number * page + index);
          await before(number, "invoices");
          await chunk.write(
            invoices,
            ids.map((id) => ({ id, customer: `customer ${id % 4}` })),
          );
          await before(number, "lines");
          await chunk.write(
            lines,
            ids.flatMap((id) =>
              Array.from({ length: LINES }, (_, line) => ({ invoice: id, line, amount: id * 10 + line })),
            ),
          );
          await chunk.write(
            customers,
            ids.map((id) => ({ operation: "upsert" as const, row: { name: `customer ${id % 4}`, lsn: id } })),
          );
          chunk.reject({ reason: "not an invoice", record: { page: number }, code: "NO_INVOICE" });
          chunk.filter();
          chunk.checkpoint(number);
          await before(number, "commit");
        });
      }
      metadata.add({ pages: pages - from });
    },
  });
}

export function commitWith(work: Parameters<Tools["commit"]>[0]): RunOperator {
  return defineOperator({ name: "invoices", targets, rejects: { maxRatio: 1 }, run: ({ commit }) => commit(work) });
}

export interface InvoicesDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  /** Everything that a load leaves. */
  content(): Promise<unknown>;
}

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

export async function openInvoices(constraints = ""): Promise<InvoicesDatabase> {
  server ??= await startTestServer();
  const url = await server.createDatabase(`invoices_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`CREATE TABLE invoices (id int PRIMARY KEY, customer text NOT NULL, hash text);
CREATE TABLE lines (invoice int NOT NULL REFERENCES invoices, line int NOT NULL, amount int NOT NULL ${constraints});
CREATE TABLE customers (name text PRIMARY KEY, lsn bigint)`);
  return {
    url,
    sql,
    content: async () => ({
      invoices: await sql`SELECT id, customer FROM invoices ORDER BY id`,
      lines: await sql`SELECT * FROM lines ORDER BY invoice, line`,
      customers: await sql`SELECT * FROM customers ORDER BY name`,
      letters: await sql`SELECT code, reason, record, status FROM millrace.dead_letters ORDER BY id`,
      checkpoint: await sql`SELECT status, cursor, counts FROM millrace.checkpoints`,
    }),
    [Symbol.asyncDispose]: async () => {
      await sql.end();
    },
  };
}
