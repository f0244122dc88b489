import { csv, daily, defineOperator, deleteInsert, text } from "@millrace/sdk";
import { z } from "zod";
import { isoDate } from "../iso-date.ts";
import { weather } from "../tables.ts";

export default defineOperator({
  name: "weather",
  description: "Hourly observations at the three airports of New York.",
  group: "flights",
  partitions: daily({ start: "2013-01-01", end: "2014-01-01", timeZone: "America/New_York" }),
  config: z.object({
    dataDir: z.string().default("data").describe("Folder of the data, from the project's"),
  }),
  extract: ({ config, partition }) => csv(`${config.dataDir}/weather/${partition.key}.csv.gz`, { nullText: "NA" }),
  record: z.object({
    origin: z.enum(["EWR", "JFK", "LGA"]),
    year: text.integer(),
    month: text.integer(),
    day: text.integer(),
    hour: text.integer(),
    temp: text.number().nullable(),
    dewp: text.number().nullable(),
    humid: text.number().nullable(),
    wind_dir: text.integer().nullable(),
    wind_speed: text.number().nullable(),
    wind_gust: text.number().nullable(),
    precip: text.number(),
    pressure: text.number().nullable(),
    visib: text.number(),
    time_hour: text.timestamp(),
  }),
  transform: (observation) => ({
    origin: observation.origin,
    timeHour: observation.time_hour,
    weatherDate: isoDate(observation),
    hour: observation.hour,
    temp: observation.temp,
    dewp: observation.dewp,
    humid: observation.humid,
    windDir: observation.wind_dir,
    windSpeed: observation.wind_speed,
    windGust: observation.wind_gust,
    precip: observation.precip,
    pressure: observation.pressure,
    visib: observation.visib,
  }),
  target: weather,
  load: deleteInsert({ partitionBy: weather.weatherDate }),
});
