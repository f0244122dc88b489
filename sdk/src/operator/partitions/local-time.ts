import { Temporal } from "temporal-polyfill";

/** A moment from the clock on the wall: `2013-01-01` or `2013-01-01T05:00`. Of an hour that comes twice it is the first. */
export function localTime(text: string, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.PlainDateTime.from(text, { overflow: "reject" }).toZonedDateTime(timeZone);
}

/** ISO 8601 with the offset that is in force at that moment. */
export function iso(at: Temporal.ZonedDateTime): string {
  return at.toString({ timeZoneName: "never", smallestUnit: "second" });
}

/** Where clocks are put back an hour comes twice: whether this is the second time. */
function isRepeated(at: Temporal.ZonedDateTime): boolean {
  return at.toPlainDateTime().toZonedDateTime(at.timeZoneId).epochMilliseconds < at.epochMilliseconds;
}

/** `2013-11-03-01:00`; the second time that an hour comes it ends with the offset, `2013-11-03-01:00-0500`. */
const MINUTE_KEY = /^(\d{4}-\d{2}-\d{2})-(\d{2}:\d{2})(?:([+-]\d{2})(\d{2}))?$/;

/** The moment in the key of an hour or a minute; undefined where it is not such a key. Raises RangeError for 2013-02-30. */
export function parseMinuteKey(key: string, timeZone: string): Temporal.ZonedDateTime | undefined {
  const [, date, time, hours, minutes] = MINUTE_KEY.exec(key) ?? [];
  if (date === undefined) return undefined;
  if (hours === undefined) return localTime(`${date}T${time}`, timeZone);
  return Temporal.Instant.from(`${date}T${time}${hours}:${minutes}`).toZonedDateTimeISO(timeZone);
}

/** The key of a minute; `tellApart` adds the offset where an hour comes the second time. */
export function formatMinuteKey(at: Temporal.ZonedDateTime, tellApart: boolean): string {
  const offset = tellApart && isRepeated(at) ? at.offset.replace(":", "") : "";
  return `${at.toPlainDate().toString()}-${at.toPlainTime().toString({ smallestUnit: "minute" })}${offset}`;
}
