import { Temporal } from "temporal-polyfill";
import { cronTicks, ticksEveryHour } from "./cron-ticks.ts";
import { formatMinuteKey, iso, localTime, parseMinuteKey } from "./local-time.ts";
import type { CronPartitions, TimePartition } from "./partitions.ts";

const DATE_KEY = /^\d{4}-\d{2}-\d{2}$/;

/** Of an hour that comes twice a key is read as the first and may mean the second: other ticks of that hour lie between. */
const TICKS_IN_AN_HOUR = 60;

/** The window of a key, from one tick of the schedule to the next; undefined where the key is not one of these partitions. */
export function cronPartition(partitions: CronPartitions, key: string): TimePartition | undefined {
  const at = parseKey(partitions, key);
  if (at === undefined) return undefined;
  const ticks = [...cronTicks(partitions.cron, at).take(ticksEveryHour(partitions.cron) ? 2 : TICKS_IN_AN_HOUR + 1)];
  const index = ticks.findIndex((tick) => formatKey(partitions, tick) === key);
  const [start, end] = [ticks[index], ticks[index + 1]];
  if (start === undefined || end === undefined) return undefined;
  if (Temporal.ZonedDateTime.compare(start, localTime(partitions.start, partitions.timeZone)) < 0) return undefined;
  const last = partitions.end === null ? null : localTime(partitions.end, partitions.timeZone);
  if (last !== null && Temporal.ZonedDateTime.compare(end, last) > 0) return undefined;
  return { kind: "time", key, start: iso(start), end: iso(end), timeZone: partitions.timeZone };
}

/** The keys from `first` to `last`, both included, in order; empty where one of them is not a partition. */
export function cronKeysBetween(partitions: CronPartitions, first: string, last: string): string[] {
  const from = cronPartition(partitions, first);
  const to = cronPartition(partitions, last);
  if (from === undefined || to === undefined) return [];
  const end = Temporal.Instant.from(to.start);
  const keys: string[] = [];
  for (const at of cronTicks(
    partitions.cron,
    Temporal.Instant.from(from.start).toZonedDateTimeISO(partitions.timeZone),
  )) {
    if (Temporal.Instant.compare(at.toInstant(), end) > 0) break;
    keys.push(formatKey(partitions, at));
  }
  return keys;
}

function parseKey({ format, timeZone }: CronPartitions, key: string): Temporal.ZonedDateTime | undefined {
  try {
    if (format === "%Y-%m-%d-%H:%M") return parseMinuteKey(key, timeZone);
    return DATE_KEY.test(key) ? localTime(key, timeZone) : undefined;
  } catch {
    return undefined; // 2013-02-30
  }
}

function formatKey({ cron, format }: CronPartitions, at: Temporal.ZonedDateTime): string {
  return format === "%Y-%m-%d" ? at.toPlainDate().toString() : formatMinuteKey(at, ticksEveryHour(cron));
}
