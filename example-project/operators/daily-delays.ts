import { daily, defineOperator, deleteInsert, query, rowCount } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { dailyDelays, flights, weather } from "../tables.ts";

export default defineOperator({
  name: "daily_delays",
  description: "Delays by day and airport, beside the weather of the day.",
  group: "flights",
  partitions: daily({ start: "2013-01-01", end: "2014-01-01", timeZone: "America/New_York" }),
  dependsOn: ["flights", "weather"],
  extract: ({ partition }) =>
    query(sql`
      SELECT flight_date, origin, flights, cancelled, avg_dep_delay, avg_arr_delay, avg_wind_speed, total_precip, avg_visib
      FROM (
        SELECT flight_date, origin, count(*) AS flights, count(*) FILTER (WHERE dep_time IS NULL) AS cancelled,
          avg(dep_delay) AS avg_dep_delay, avg(arr_delay) AS avg_arr_delay
        FROM ${flights}
        WHERE flight_date = ${partition.key}
        GROUP BY flight_date, origin
      ) delays
      LEFT JOIN (
        SELECT origin, avg(wind_speed) AS avg_wind_speed, sum(precip) AS total_precip, avg(visib) AS avg_visib
        FROM ${weather}
        WHERE weather_date = ${partition.key}
        GROUP BY origin
      ) observations USING (origin)`),
  target: dailyDelays,
  load: deleteInsert({ partitionBy: dailyDelays.flightDate }),
  checks: [rowCount({ min: 1, max: 3 })],
  lineage: {
    flightDate: [flights.flightDate],
    origin: [flights.origin],
    cancelled: [flights.depTime],
    avgDepDelay: [flights.depDelay],
    avgArrDelay: [flights.arrDelay],
    avgWindSpeed: [weather.windSpeed],
    totalPrecip: [weather.precip],
    avgVisib: [weather.visib],
  },
});
