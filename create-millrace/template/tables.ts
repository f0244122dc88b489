import { date, integer, numeric, pgTable, text } from "drizzle-orm/pg-core";

export const orders = pgTable("orders", {
  id: integer("id").primaryKey(),
  day: date("day").notNull(),
  customer: text("customer").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});
