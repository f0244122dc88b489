const DAY_SECONDS = 86_400n;

/** Digits of a second's fraction in a count of this unit. */
const FRACTION_DIGITS = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const;

export type Unit = keyof typeof FRACTION_DIGITS;

/** A day as `2013-01-31`, from days since 1970. */
export function dayText(days: number): string {
  const time = days * 86_400_000;
  // Beyond what a Date holds: no day that a database takes either.
  return Math.abs(time) > 8.64e15 ? `day ${days} from 1970-01-01` : new Date(time).toISOString().split("T", 1)[0]!;
}

/** A time of day as `12:00:00.000000`. */
export function timeText(count: bigint, unit: Unit): string {
  const digits = FRACTION_DIGITS[unit];
  const perSecond = 10n ** BigInt(digits);
  const seconds = Number(count / perSecond);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(Math.trunc(seconds / 3600))}:${two(Math.trunc(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${clock}.${String(count % perSecond).padStart(digits, "0")}`;
}

/** A count since 1970 as `2013-01-31T12:00:00.000000`, with all digits of its unit. */
export function momentText(count: bigint, unit: Unit): string {
  const perSecond = 10n ** BigInt(FRACTION_DIGITS[unit]);
  const perDay = perSecond * DAY_SECONDS;
  const time = ((count % perDay) + perDay) % perDay;
  return `${dayText(Number((count - time) / perDay))}T${timeText(time, unit)}`;
}
