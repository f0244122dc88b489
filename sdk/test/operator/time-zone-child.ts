import { csv, daily, defineOperator, deleteInsert, hourly, tableRecord, text, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { date, integer, pgTable, timestamp } from "drizzle-orm/pg-core";
import { z } from "zod";

// Loads in a process whose own time zone is another: `time-zone-child.ts DATABASE_URL FILE`.
const [, , databaseUrl = "", file = ""] = process.argv;

const columns = () => ({
  id: integer("id").notNull(),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  local: timestamp("local", { mode: "string" }),
  day: date("day"),
});
const times = pgTable("times", columns());
const dates = pgTable("dates", {
  id: integer("id").notNull(),
  at: timestamp("at", { withTimezone: true }),
  local: timestamp("local"),
  day: date("day", { mode: "date" }),
});
const days = pgTable("days", columns());
const hours = pgTable("hours", columns());
const localDays = pgTable("local_days", columns());

const base = { extract: () => csv(file), rejects: { maxRatio: 1 } } as const;
const newYork = { timeZone: "America/New_York", start: "2013-01-01", end: "2014-01-01" } as const;

/** As bytes. */
const asText = defineOperator({
  ...base,
  name: "times",
  record: tableRecord(times),
  target: times,
  load: upsert({ key: times.id }),
});
/** As JavaScript's dates, which end at milliseconds. */
const asDates = defineOperator({
  ...base,
  name: "dates",
  record: z.object({ id: text.integer(), at: z.string(), local: z.string(), day: z.string() }),
  transform: ({ id, at, local, day }) =>
    at.endsWith("infinity")
      ? null
      : { id, at: new Date(at), local: new Date(`${local}Z`), day: new Date(`${day}T00:00:00Z`) },
  target: dates,
  load: upsert({ key: dates.id }),
});
const byDay = defineOperator({
  ...base,
  name: "days",
  partitions: daily(newYork),
  record: tableRecord(days),
  target: days,
  load: deleteInsert({ partitionBy: days.at }),
});
const byHour = defineOperator({
  ...base,
  name: "hours",
  partitions: hourly({ ...newYork, start: "2013-01-01T00:00", end: "2014-01-01T00:00" }),
  record: tableRecord(hours),
  transform: (row) => row,
  target: hours,
  load: deleteInsert({ partitionBy: hours.at }),
});
const byLocalDay = defineOperator({
  ...base,
  name: "local_days",
  partitions: daily(newYork),
  record: tableRecord(localDays),
  target: localDays,
  load: deleteInsert({ partitionBy: localDays.local }),
});

await runOperator(asText, { databaseUrl });
await runOperator(asDates, { databaseUrl });
await runOperator(byDay, { databaseUrl, partitions: ["2013-03-10", "2013-11-03"] });
await runOperator(byHour, {
  databaseUrl,
  partitions: ["2013-03-10-01:00", "2013-03-10-03:00", "2013-11-03-01:00", "2013-11-03-01:00-0500"],
});
await runOperator(byLocalDay, { databaseUrl, partitions: ["2013-03-10", "2013-11-03"] });
