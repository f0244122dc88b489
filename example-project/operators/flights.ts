import { csv, daily, defineOperator, deleteInsert, notNull, rowCount, text } from "@millrace/sdk";
import { z } from "zod";
import { isoDate } from "../iso-date.ts";
import { flights } from "../tables.ts";

export default defineOperator({
  name: "flights",
  description: "Departures from New York, one day a partition.",
  group: "flights",
  partitions: daily({ start: "2013-01-01", end: "2014-01-01", timeZone: "America/New_York" }),
  config: z.object({
    dataDir: z.string().default("data").describe("Folder of the data, from the project's"),
  }),
  dependsOn: ["airlines", "airports"],
  extract: ({ config, partition }) => csv(`${config.dataDir}/flights/${partition.key}.csv.gz`, { nullText: "NA" }),
  record: z.object({
    year: text.integer(),
    month: text.integer(),
    day: text.integer(),
    dep_time: text.integer().nullable(),
    sched_dep_time: text.integer(),
    dep_delay: text.integer().nullable(),
    arr_time: text.integer().nullable(),
    sched_arr_time: text.integer(),
    arr_delay: text.integer().nullable(),
    carrier: z.string().length(2),
    flight: text.integer(),
    tailnum: z.string().nullable(),
    origin: z.enum(["EWR", "JFK", "LGA"]),
    dest: z.string().length(3),
    air_time: text.integer().nullable(),
    distance: text.integer(),
    hour: text.integer(),
    minute: text.integer(),
    time_hour: text.timestamp(),
  }),
  transform: (flight, { reject }) => {
    if (flight.distance <= 0) return reject("a flight of no distance", { field: "distance" });
    return {
      flightDate: isoDate(flight),
      carrier: flight.carrier,
      flight: flight.flight,
      origin: flight.origin,
      dest: flight.dest,
      tailnum: flight.tailnum,
      depTime: flight.dep_time,
      schedDepTime: flight.sched_dep_time,
      arrTime: flight.arr_time,
      schedArrTime: flight.sched_arr_time,
      depDelay: flight.dep_delay,
      arrDelay: flight.arr_delay,
      airTime: flight.air_time,
      distance: flight.distance,
      hour: flight.hour,
      minute: flight.minute,
      timeHour: flight.time_hour,
    };
  },
  target: flights,
  load: deleteInsert({ partitionBy: flights.flightDate }),
  rejects: { maxRatio: 0.01 },
  checks: [rowCount({ min: 1 }), notNull(flights.tailnum, { severity: "warn" })],
});
