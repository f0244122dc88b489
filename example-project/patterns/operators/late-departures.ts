import { defineOperator, postgresTable, tableRecord, upsert, watermark } from "@millrace/sdk";
import { lateDepartures } from "../tables.ts";

export default defineOperator({
  name: "late_departures",
  description: "Incremental by timestamp: only what is newer than the last run's newest, less a lag.",
  dependsOn: ["departures"],
  extract: () =>
    postgresTable("DATABASE_URL", "patterns.departures", { watermark: watermark("time_hour", { lag: "1 hour" }) }),
  record: tableRecord(lateDepartures),
  transform: (departure) => ((departure.depDelay ?? 0) > 60 ? departure : null),
  target: lateDepartures,
  load: upsert({
    key: [lateDepartures.timeHour, lateDepartures.carrier, lateDepartures.flight, lateDepartures.origin],
  }),
});
