import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";

/** Throws a TypeError where it is not a cron schedule of five fields. */
export function requireCron(cron: string): void {
  try {
    clock(cron);
  } catch (cause) {
    throw new TypeError(`not a cron schedule of five fields: ${JSON.stringify(cron)}`, { cause });
  }
}

/** Whether it ticks in every hour: then it goes on while clocks are changed, and else it ticks once for each time on the wall. */
export function ticksEveryHour(cron: string): boolean {
  return cron.trim().split(/\s+/)[1] === "*";
}

/**
 * The moments of a schedule, at or after `from`, in order, as Dagster has them where clocks change: what ticks every hour
 * leaves out a missing hour and ticks twice in a repeated one; anything else ticks at the end of the missing hour, and
 * in the second of two.
 */
export function* cronTicks(cron: string, from: Temporal.ZonedDateTime): Generator<Temporal.ZonedDateTime, void> {
  const { timeZoneId } = from;
  const resolve = ticksEveryHour(cron) ? everyHour : isOnceADay(cron) ? onceADay : onWall;
  const schedule = clock(cron);
  // A repeated hour lies before itself on the wall.
  let wall: Date | null = asUtc(from.toPlainDateTime().subtract({ hours: 3, seconds: 1 }));
  let last = from.subtract({ nanoseconds: 1 });
  let repeated: Temporal.ZonedDateTime[] = [];
  while ((wall = schedule.nextRun(wall)) !== null) {
    const moments = resolve(Temporal.PlainDateTime.from(wall.toISOString().slice(0, 19)), timeZoneId);
    if (moments.length > 1) {
      repeated.push(...moments);
      continue;
    }
    for (const moment of [...repeated.toSorted(Temporal.ZonedDateTime.compare), ...moments]) {
      if (Temporal.ZonedDateTime.compare(moment, last) <= 0) continue;
      last = moment;
      yield moment;
    }
    repeated = [];
  }
}

type Resolve = (wall: Temporal.PlainDateTime, timeZone: string) => readonly Temporal.ZonedDateTime[];

const everyHour: Resolve = (wall, timeZone) => {
  const [first, second] = bothTimes(wall, timeZone);
  if (!first.toPlainDateTime().equals(wall)) return [];
  return Temporal.ZonedDateTime.compare(first, second) === 0 ? [first] : [first, second];
};

const onWall: Resolve = (wall, timeZone) => {
  const [first, second] = bothTimes(wall, timeZone);
  if (first.toPlainDateTime().equals(wall)) return [second];
  return [changesAtNight(wall) ? (first.getTimeZoneTransition("next") ?? second) : second];
};

/** Dagster takes the first of two outside of the hours in which clocks mostly change. */
const onceADay: Resolve = (wall, timeZone) => {
  const [first] = bothTimes(wall, timeZone);
  return changesAtNight(wall) || !first.toPlainDateTime().equals(wall) ? onWall(wall, timeZone) : [first];
};

function changesAtNight({ hour }: Temporal.PlainDateTime): boolean {
  return hour >= 1 && hour <= 3;
}

function bothTimes(wall: Temporal.PlainDateTime, timeZone: string) {
  return [
    wall.toZonedDateTime(timeZone, { disambiguation: "earlier" }),
    wall.toZonedDateTime(timeZone, { disambiguation: "later" }),
  ] as const;
}

function isOnceADay(cron: string): boolean {
  return /^\d+ \d+ (\* \* \S+|\d+ \* \*)$/.test(cron.trim());
}

/** The schedule by a clock that is never changed. */
function clock(cron: string): Cron {
  return new Cron(cron, { timezone: "UTC", mode: "5-part" });
}

function asUtc(wall: Temporal.PlainDateTime): Date {
  return new Date(wall.toZonedDateTime("UTC").epochMilliseconds);
}
