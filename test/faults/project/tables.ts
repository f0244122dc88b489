import { date, integer, numeric, pgTable, text } from "drizzle-orm/pg-core";

const columns = () => ({
  id: integer("id").notNull(),
  day: date("day").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }),
  note: text("note"),
});

/** Without a key: a row that comes twice would be seen. */
export const appended = pgTable("appended", columns());
export const upserted = pgTable("upserted", columns());
export const hashed = pgTable("hashed", { ...columns(), rowHash: text("row_hash") });
export const partitioned = pgTable("partitioned", columns());
export const replaced = pgTable("replaced", columns());
export const swapped = pgTable("swapped", columns());
export const committed = pgTable("committed", columns());
export const committedLog = pgTable("committed_log", columns());
export const changed = pgTable("changed", { ...columns(), sequence: integer("sequence") });
export const changedBytes = pgTable("changed_bytes", { ...columns(), sequence: integer("sequence") });
export const soft = pgTable("soft", { ...columns(), sequence: integer("sequence"), gone: date("gone") });
