import { Temporal } from "temporal-polyfill";
import type { TimePartition, TimePartitions, TimeUnit } from "./partitions.ts";

const STEP: Record<TimeUnit, Temporal.DurationLike> = {
  hourly: { hours: 1 },
  daily: { days: 1 },
  weekly: { weeks: 1 },
  monthly: { months: 1 },
};

const DATE_KEY = /^\d{4}-\d{2}-\d{2}$/;
const HOUR_KEY = /^(\d{4}-\d{2}-\d{2})-(\d{2}:00)$/;

/** The window of a key, or undefined where the key is not one of these partitions. */
export function timePartition(partitions: TimePartitions, key: string): TimePartition | undefined {
  const start = parseKey(partitions, key);
  if (start === undefined || !startsPartition(partitions.kind, start)) return undefined;
  const end = start.add(STEP[partitions.kind]);
  if (Temporal.ZonedDateTime.compare(start, localTime(partitions.start, partitions.timeZone)) < 0) return undefined;
  if (partitions.end !== null && Temporal.ZonedDateTime.compare(end, localTime(partitions.end, partitions.timeZone)) > 0) {
    return undefined;
  }
  return { kind: "time", key, start: iso(start), end: iso(end), timeZone: partitions.timeZone };
}

/** The keys from `first` to `last`, both included, in order; empty where one of them is not a partition. */
export function timeKeysBetween(partitions: TimePartitions, first: string, last: string): string[] {
  const from = timePartition(partitions, first);
  const to = timePartition(partitions, last);
  if (from === undefined || to === undefined) return [];
  const keys: string[] = [];
  const step = STEP[partitions.kind];
  const end = Temporal.Instant.from(to.start);
  let at = Temporal.Instant.from(from.start).toZonedDateTimeISO(partitions.timeZone);
  while (Temporal.Instant.compare(at.toInstant(), end) <= 0) {
    keys.push(formatKey(partitions.kind, at));
    at = at.add(step);
  }
  return keys;
}

function parseKey({ kind, timeZone }: TimePartitions, key: string): Temporal.ZonedDateTime | undefined {
  const hour = HOUR_KEY.exec(key);
  const text = kind === "hourly" ? hour && `${hour[1]}T${hour[2]}` : DATE_KEY.test(key) && key;
  if (!text) return undefined;
  try {
    return localTime(text, timeZone);
  } catch {
    return undefined; // 2013-02-30
  }
}

function startsPartition(kind: TimeUnit, at: Temporal.ZonedDateTime): boolean {
  if (kind === "weekly") return at.dayOfWeek === 7;
  if (kind === "monthly") return at.day === 1;
  return true;
}

function formatKey(kind: TimeUnit, at: Temporal.ZonedDateTime): string {
  const date = at.toPlainDate().toString();
  return kind === "hourly" ? `${date}-${at.toPlainTime().toString({ smallestUnit: "minute" })}` : date;
}

function localTime(text: string, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.PlainDateTime.from(text, { overflow: "reject" }).toZonedDateTime(timeZone);
}

function iso(at: Temporal.ZonedDateTime): string {
  return at.toString({ timeZoneName: "never", smallestUnit: "second" });
}
