import {
  date,
  doublePrecision,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

// Moments and dates stay the strings that they are on the wire: a Date would lose microseconds and gain a time zone.
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
const day = (name: string) => date(name, { mode: "string" });

export const airlines = pgTable("airlines", {
  carrier: text("carrier").primaryKey(),
  name: text("name").notNull(),
});

export const airports = pgTable("airports", {
  faa: text("faa").primaryKey(),
  name: text("name").notNull(),
  lat: doublePrecision("lat").notNull(),
  lon: doublePrecision("lon").notNull(),
  /** Feet. */
  alt: integer("alt").notNull(),
  /** Hours from UTC. */
  tz: smallint("tz").notNull(),
  dst: text("dst").notNull(),
  tzone: text("tzone"),
});

export const planes = pgTable("planes", {
  tailnum: text("tailnum").primaryKey(),
  year: integer("year"),
  type: text("type").notNull(),
  manufacturer: text("manufacturer").notNull(),
  model: text("model").notNull(),
  engines: smallint("engines").notNull(),
  seats: integer("seats").notNull(),
  /** Miles per hour. */
  speed: integer("speed"),
  engine: text("engine").notNull(),
});

export const flights = pgTable(
  "flights",
  {
    /** The local date of departure. */
    flightDate: day("flight_date").notNull(),
    carrier: text("carrier").notNull(),
    flight: integer("flight").notNull(),
    origin: text("origin").notNull(),
    dest: text("dest").notNull(),
    tailnum: text("tailnum"),
    /** Local times as the number hhmm, up to 2400; null where the flight did not leave or arrive. */
    depTime: integer("dep_time"),
    schedDepTime: integer("sched_dep_time").notNull(),
    arrTime: integer("arr_time"),
    schedArrTime: integer("sched_arr_time").notNull(),
    /** Minutes; negative is early. */
    depDelay: integer("dep_delay"),
    arrDelay: integer("arr_delay"),
    /** Minutes. */
    airTime: integer("air_time"),
    /** Miles. */
    distance: integer("distance").notNull(),
    hour: smallint("hour").notNull(),
    minute: smallint("minute").notNull(),
    /** The scheduled hour of departure. */
    timeHour: moment("time_hour").notNull(),
  },
  (table) => [primaryKey({ columns: [table.flightDate, table.carrier, table.flight, table.origin] })],
);

export const weather = pgTable(
  "weather",
  {
    origin: text("origin").notNull(),
    timeHour: moment("time_hour").notNull(),
    /** Local date and hour; the hour that is repeated when summer time ends occurs twice. */
    weatherDate: day("weather_date").notNull(),
    hour: smallint("hour").notNull(),
    /** Degrees Fahrenheit. */
    temp: doublePrecision("temp"),
    dewp: doublePrecision("dewp"),
    /** Percent. */
    humid: doublePrecision("humid"),
    windDir: integer("wind_dir"),
    /** Miles per hour. */
    windSpeed: doublePrecision("wind_speed"),
    windGust: doublePrecision("wind_gust"),
    /** Inches. */
    precip: doublePrecision("precip").notNull(),
    /** Millibars. */
    pressure: doublePrecision("pressure"),
    /** Miles. */
    visib: doublePrecision("visib").notNull(),
  },
  (table) => [primaryKey({ columns: [table.origin, table.timeHour] }), index().on(table.weatherDate)],
);

export const dailyDelays = pgTable(
  "daily_delays",
  {
    flightDate: day("flight_date").notNull(),
    origin: text("origin").notNull(),
    flights: integer("flights").notNull(),
    cancelled: integer("cancelled").notNull(),
    /** Minutes. */
    avgDepDelay: numeric("avg_dep_delay", { precision: 8, scale: 2 }),
    avgArrDelay: numeric("avg_arr_delay", { precision: 8, scale: 2 }),
    /** Miles per hour; null, as the two below, where there is no weather of the day. */
    avgWindSpeed: numeric("avg_wind_speed", { precision: 8, scale: 2 }),
    /** Inches. */
    totalPrecip: numeric("total_precip", { precision: 8, scale: 2 }),
    /** Miles. */
    avgVisib: numeric("avg_visib", { precision: 8, scale: 2 }),
  },
  (table) => [primaryKey({ columns: [table.flightDate, table.origin] })],
);
