import { doublePrecision, pgTable, timestamp, varchar } from "drizzle-orm/pg-core";

/** The table of the README's operator. */
export const weather = pgTable("weather", {
  origin: varchar("origin", { length: 3 }).notNull(),
  timeHour: timestamp("time_hour", { withTimezone: true, mode: "string" }).notNull(),
  temp: doublePrecision("temp"),
});
