import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  append,
  csv,
  daily,
  defineOperator,
  tableRecord,
  text,
  upsert,
  type LoadStrategy,
  type LoadOperator,
} from "@millrace/sdk";
import type { PostgresServer } from "@millrace/sdk/testing";
import { startTestServer } from "./test-server.ts";
import { date, integer, numeric, pgTable, text as textColumn } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";
import { z } from "zod";

/** A table and the operators that load it, each in a database of its own. */
export const orders = pgTable("orders", {
  id: integer("id").notNull(),
  day: date("day").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }),
  note: textColumn("note"),
});

const hashedOrders = pgTable("orders", {
  id: integer("id").notNull(),
  day: date("day").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }),
  note: textColumn("note"),
  rowHash: textColumn("row_hash"),
});

/** Rows stay bytes, and each has a hash. */
export const hashedOrdersOperator = defineOperator({
  name: "hashed_orders",
  config: z.object({ file: z.string() }),
  extract: ({ config }) => csv(config.file),
  record: tableRecord(hashedOrders),
  target: hashedOrders,
  load: upsert({ key: hashedOrders.id, hash: hashedOrders.rowHash }),
});

/** Rows stay bytes. */
export const bytesOrdersOperator = defineOperator({
  name: "bytes_orders",
  config: z.object({ file: z.string() }),
  extract: ({ config }) => csv(config.file),
  record: tableRecord(orders),
  target: orders,
  load: append(),
});

const record = z.object({
  id: text.integer(),
  day: text.date(),
  amount: text.decimal().nullable(),
  note: z.string().nullable(),
});

export function ordersOperator(
  load: LoadStrategy<"orders">,
  more: Partial<Pick<LoadOperator, "rejects" | "chunks">> = {},
): LoadOperator {
  return defineOperator({
    name: "orders",
    config: z.object({ file: z.string() }),
    extract: ({ config }) => csv(config.file),
    record,
    transform: (order, { reject }) =>
      order.note === "skip" ? null : order.note === "bad" ? reject("a bad order", { field: "note" }) : order,
    target: orders,
    load,
    ...more,
  });
}

export function dailyOrdersOperator(load: LoadStrategy<"orders">): LoadOperator {
  return defineOperator({
    name: "daily_orders",
    partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
    config: z.object({ folder: z.string() }),
    extract: ({ config, partition }) => csv(`${config.folder}/${partition.key}.csv`),
    record,
    target: orders,
    load,
  });
}

export interface OrdersDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  rows(): Promise<string[]>;
  deadLetters(): Promise<{ code: string; field: string | null; line: string; status: string; record: unknown }[]>;
}

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

export async function ordersDatabase(constraints = ""): Promise<OrdersDatabase> {
  server ??= await startTestServer();
  const url = await server.createDatabase(`orders_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(
    `CREATE TABLE orders (id integer NOT NULL, day date NOT NULL, amount numeric(12,2), note text ${constraints})`,
  );
  return {
    url,
    sql,
    rows: async () =>
      (await sql`SELECT concat_ws(' ', id, day, amount, note) AS line FROM orders ORDER BY 1`).map(
        ({ line }) => line as string,
      ),
    deadLetters: async () => await sql`SELECT code, field, line, status, record FROM millrace.dead_letters ORDER BY id`,
    [Symbol.asyncDispose]: async () => {
      await sql.end();
    },
  };
}

export async function csvFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-orders-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
