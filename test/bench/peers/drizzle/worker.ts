import { parse } from "csv-parse";
import { and, gt, gte, inArray, lt, sql } from "drizzle-orm";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { createReadStream } from "node:fs";
import postgres from "postgres";
import { customers, orders } from "../project/tables.ts";

// `worker.ts CASE FILE`: what one writes with drizzle alone: csv-parse, and batches of 1,000 rows.
const [name, file = ""] = process.argv.slice(2);
const ROWS = 1_000;

type Database = Pick<PostgresJsDatabase, "insert" | "delete" | "select">;
type Order = typeof orders.$inferInsert;

const excluded = (...columns: string[]) =>
  Object.fromEntries(
    columns.map((column) => [
      column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      sql.raw(`excluded.${column}`),
    ]),
  );
const orderSet = excluded("customer_id", "created_at", "status", "amount", "quantity", "email", "note");

async function* batches<Row>(rows: AsyncIterable<Row>): AsyncIterable<Row[]> {
  let batch: Row[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length === ROWS) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const records = () => createReadStream(file).pipe(parse({ columns: true })) as AsyncIterable<Record<string, string>>;

async function* orderRows(): AsyncIterable<Order> {
  for await (const record of records()) {
    yield {
      id: Number(record["id"]),
      customerId: Number(record["customer_id"]),
      createdAt: record["created_at"]!,
      status: record["status"]!,
      amount: record["amount"]!,
      quantity: Number(record["quantity"]),
      email: record["email"]!,
      note: record["note"]!,
    };
  }
}

async function insert(database: Database): Promise<void> {
  for await (const batch of batches(orderRows())) await database.insert(orders).values(batch);
}

async function merge(database: Database, rows: AsyncIterable<Order>): Promise<void> {
  for await (const batch of batches(rows))
    await database.insert(orders).values(batch).onConflictDoUpdate({ target: orders.id, set: orderSet });
}

async function* newerOrders(database: Database): AsyncIterable<Order> {
  const [newest] = await database.select({ at: sql<string>`max(${orders.createdAt})` }).from(orders);
  const source = postgres(process.env["SOURCE_URL"]!, { max: 1 });
  const query = drizzle(source).select().from(orders).where(gt(orders.createdAt, newest!.at)).toSQL();
  for await (const rows of source.unsafe(query.sql, query.params as string[]).cursor(ROWS))
    for (const { customer_id: customerId, created_at: at, ...row } of rows as unknown as Record<string, unknown>[])
      yield { ...(row as Order), customerId: customerId as number, createdAt: at as string };
  await source.end();
}

async function change(database: Database): Promise<void> {
  for await (const batch of batches(records())) {
    const last = new Map(batch.map((event) => [event["id"], event]));
    const events = [...last.values()].map((event) => ({
      operation: event["operation"],
      row: {
        id: Number(event["id"]),
        sequence: Number(event["sequence"]),
        name: event["name"]!,
        amount: event["amount"]!,
      },
    }));
    const gone = events.filter(({ operation }) => operation === "delete").map(({ row }) => row.id);
    const rows = events.filter(({ operation }) => operation !== "delete").map(({ row }) => row);
    if (gone.length > 0) await database.delete(customers).where(inArray(customers.id, gone));
    if (rows.length > 0)
      await database
        .insert(customers)
        .values(rows)
        .onConflictDoUpdate({
          target: customers.id,
          set: excluded("sequence", "name", "amount"),
          setWhere: sql`excluded.sequence > ${customers.sequence}`,
        });
  }
}

const cases: Record<string, (database: Database) => Promise<unknown>> = {
  append: insert,
  upsert: (database) => merge(database, orderRows()),
  day: async (database) => {
    const day = and(gte(orders.createdAt, "2024-06-15T00:00:00Z"), lt(orders.createdAt, "2024-06-16T00:00:00Z"));
    await database.delete(orders).where(day);
    await insert(database);
  },
  refresh: async (database) => {
    await database.delete(orders);
    await insert(database);
  },
  incremental: (database) => merge(database, newerOrders(database)),
  changes: change,
};

const client = postgres(process.env["DATABASE_URL"]!, { max: 1 });
await drizzle(client).transaction(cases[name!]!);
await client.end();
