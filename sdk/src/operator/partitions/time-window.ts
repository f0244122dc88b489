import { Temporal } from "temporal-polyfill";
import { formatMinuteKey, iso, localTime, parseMinuteKey } from "./local-time.ts";
import type { TimePartition, TimePartitions, TimeUnit } from "./partitions.ts";

const STEP: Record<TimeUnit, Temporal.DurationLike> = {
  hourly: { hours: 1 },
  daily: { days: 1 },
  weekly: { weeks: 1 },
  monthly: { months: 1 },
};

const MS_PER_HOUR = 3_600_000;
const DATE_KEY = /^\d{4}-\d{2}-\d{2}$/;

/** The window of a key, or undefined where the key is not one of these partitions. */
export function timePartition(partitions: TimePartitions, key: string): TimePartition | undefined {
  const start = parseKey(partitions, key);
  if (start === undefined || !startsPartition(partitions, start)) return undefined;
  // A day or an hour that a change of clocks left out has no key.
  if (formatKey(partitions.kind, start) !== key) return undefined;
  const end = following(partitions.kind, start);
  if (Temporal.ZonedDateTime.compare(start, localTime(partitions.start, partitions.timeZone)) < 0) return undefined;
  if (
    partitions.end !== null &&
    Temporal.ZonedDateTime.compare(end, localTime(partitions.end, partitions.timeZone)) > 0
  ) {
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
  const end = Temporal.Instant.from(to.start);
  let at = Temporal.Instant.from(from.start).toZonedDateTimeISO(partitions.timeZone);
  while (Temporal.Instant.compare(at.toInstant(), end) <= 0) {
    keys.push(formatKey(partitions.kind, at));
    at = following(partitions.kind, at);
  }
  return keys;
}

function parseKey({ kind, timeZone }: TimePartitions, key: string): Temporal.ZonedDateTime | undefined {
  try {
    if (kind === "hourly") return parseMinuteKey(key, timeZone);
    return DATE_KEY.test(key) ? localTime(key, timeZone) : undefined;
  } catch {
    return undefined; // 2013-02-30
  }
}

function startsPartition({ kind, start, timeZone }: TimePartitions, at: Temporal.ZonedDateTime): boolean {
  if (kind === "weekly") return at.dayOfWeek === 7;
  if (kind === "monthly") return at.day === 1;
  if (kind === "hourly")
    return (at.epochMilliseconds - localTime(start, timeZone).epochMilliseconds) % MS_PER_HOUR === 0;
  return true;
}

/** The start of the next partition: by the clock of the wall for days and more, whatever hour a day began with. */
function following(kind: TimeUnit, start: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  if (kind === "hourly") return start.add(STEP.hourly);
  return start.toPlainDate().add(STEP[kind]).toZonedDateTime(start.timeZoneId);
}

function formatKey(kind: TimeUnit, at: Temporal.ZonedDateTime): string {
  return kind === "hourly" ? formatMinuteKey(at, true) : at.toPlainDate().toString();
}
