import { date, integer, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const columns = () => ({ id: integer().notNull(), day: date().notNull(), amount: numeric(), note: text() });

export const days = pgTable("days", columns());
export const refreshed = pgTable("refreshed", columns());
export const swapped = pgTable("swapped", columns());
export const hashed = pgTable("hashed", { ...columns(), row_hash: text() });
export const changed = pgTable("changed", { ...columns(), sequence: integer() });
export const events = pgTable("events", {
  id: integer().notNull(),
  at: timestamp({ withTimezone: true, mode: "string" }).notNull(),
  note: text(),
});

/** Statements that make them, and the source that `events` are read from. */
export const TABLES: readonly string[] = [
  ...["days", "refreshed", "swapped"].map(
    (name) =>
      `CREATE TABLE ${name} (id int NOT NULL, day date NOT NULL, amount numeric, note text CHECK (note <> 'refused'))`,
  ),
  "CREATE INDEX ON days (day)",
  "CREATE TABLE hashed (id int PRIMARY KEY, day date NOT NULL, amount numeric, note text, row_hash text)",
  "CREATE TABLE changed (id int PRIMARY KEY, day date NOT NULL, amount numeric, note text, sequence int)",
  "CREATE TABLE events (id int PRIMARY KEY, at timestamptz NOT NULL, note text)",
  "CREATE TABLE source_events (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), note text)",
];
