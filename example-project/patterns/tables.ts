import {
  bigint,
  date,
  doublePrecision,
  integer,
  numeric,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

// The tables of tables.sql.
const patterns = pgSchema("patterns");
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

export const planes = patterns.table("planes", {
  tailnum: text("tailnum").primaryKey(),
  year: integer("year"),
  type: text("type").notNull(),
  manufacturer: text("manufacturer").notNull(),
  model: text("model").notNull(),
  engines: smallint("engines").notNull(),
  seats: integer("seats").notNull(),
  speed: integer("speed"),
  engine: text("engine").notNull(),
  rowHash: text("row_hash"),
});

const departure = {
  timeHour: moment("time_hour").notNull(),
  carrier: text("carrier").notNull(),
  flight: integer("flight").notNull(),
  origin: text("origin").notNull(),
  dest: text("dest").notNull(),
  /** Minutes; null where it did not leave. */
  depDelay: integer("dep_delay"),
};

export const departures = patterns.table("departures", departure, (table) => [
  primaryKey({ columns: [table.timeHour, table.carrier, table.flight, table.origin] }),
]);

export const lateDepartures = patterns.table("late_departures", departure, (table) => [
  primaryKey({ columns: [table.timeHour, table.carrier, table.flight, table.origin] }),
]);

export const carriers = patterns.table("carriers", {
  carrier: text("carrier").primaryKey(),
  name: text("name").notNull(),
  /** Sequence of the last change. */
  changed: bigint("changed", { mode: "number" }).notNull(),
  deletedAt: moment("deleted_at"),
});

export const delaysByCarrier = patterns.table(
  "delays_by_carrier",
  {
    day: date("day", { mode: "string" }).notNull(),
    carrier: text("carrier").notNull(),
    flights: integer("flights").notNull(),
    /** Minutes. */
    avgDelay: numeric("avg_delay", { precision: 8, scale: 2 }),
  },
  (table) => [primaryKey({ columns: [table.day, table.carrier] })],
);

export const airports = patterns.table("airports", {
  faa: text("faa").primaryKey(),
  name: text("name").notNull(),
  lat: doublePrecision("lat").notNull(),
  lon: doublePrecision("lon").notNull(),
});
