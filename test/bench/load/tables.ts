import { bigint, integer, numeric, pgTable, smallint, text, timestamp } from "drizzle-orm/pg-core";

/** Of the table of orders. */
export const orderColumns = () => ({
  id: integer("id").primaryKey(),
  customerId: integer("customer_id").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true, mode: "string" }).notNull(),
  status: text("status").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
  quantity: smallint("quantity").notNull(),
  email: text("email"),
  note: text("note"),
});

export const orders = pgTable("orders", orderColumns());
export const hashedOrders = pgTable("orders", { ...orderColumns(), rowHash: text("row_hash") });

export const customers = pgTable("customers", {
  id: integer("id").primaryKey(),
  sequence: bigint("sequence", { mode: "number" }).notNull(),
  name: text("name").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});

/** The target of changes, empty. */
export const RESET_CUSTOMERS = `DROP TABLE IF EXISTS customers;
  CREATE TABLE customers (id int PRIMARY KEY, sequence bigint NOT NULL, name text NOT NULL, amount numeric(12,2) NOT NULL);
  DROP SCHEMA IF EXISTS millrace CASCADE; CHECKPOINT;`;

const DDL = `id int PRIMARY KEY, customer_id int NOT NULL, created_at timestamptz NOT NULL, status text NOT NULL,
  amount numeric(12,2) NOT NULL, quantity smallint NOT NULL, email text, note text`;

/** The target as each contender finds it: empty, everything written out. */
export function resetSql({ hashed, checks = "" }: { readonly hashed: boolean; readonly checks?: string }): string {
  return `DROP TABLE IF EXISTS orders; CREATE TABLE orders (${DDL}${hashed ? ", row_hash text" : ""}${checks});
    DROP SCHEMA IF EXISTS millrace CASCADE; CHECKPOINT;`;
}
