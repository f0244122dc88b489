import { bigint, integer, numeric, pgSchema, pgTable, smallint, text, timestamp } from "drizzle-orm/pg-core";

const columns = () => ({
  id: integer("id").primaryKey(),
  customerId: integer("customer_id").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true, mode: "string" }).notNull(),
  status: text("status").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
  quantity: smallint("quantity").notNull(),
  email: text("email"),
  note: text("note"),
});

export const orders = pgTable("orders", columns());
/** The same, with a hash of each row. */
export const hashedOrders = pgSchema("hashed").table("orders", { ...columns(), rowHash: text("row_hash") });

export const customers = pgTable("customers", {
  id: integer("id").primaryKey(),
  sequence: bigint("sequence", { mode: "number" }).notNull(),
  name: text("name").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});
