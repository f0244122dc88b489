import { bigint, integer, pgTable, text } from "drizzle-orm/pg-core";

export const orders = pgTable("orders", {
  id: integer("id").primaryKey(),
  customer: text("customer").notNull(),
  cents: bigint("cents", { mode: "bigint" }).notNull(),
});
export const visits = pgTable("visits", { id: integer("id").notNull(), page: text("page").notNull() });
