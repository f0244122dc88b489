const DAY_SECONDS = 86_400;

/** Counts in a second. */
const PER_SECOND = { MILLIS: 1_000, MICROS: 1_000_000, NANOS: 1_000_000_000 } as const;

export type Unit = keyof typeof PER_SECOND;

/** So many days are kept as text: those of a file mostly are few. */
const KEPT_DAYS = 4_096;
const days = new Map<number, string>();

/** A day as `2013-01-31`, from days since 1970. */
export function dayText(day: number): string {
  let text = days.get(day);
  if (text === undefined) {
    if (days.size === KEPT_DAYS) days.clear();
    days.set(day, (text = newDayText(day)));
  }
  return text;
}

function newDayText(day: number): string {
  const time = day * DAY_SECONDS * 1000;
  // Beyond what a Date holds: no day that a database takes either.
  return Math.abs(time) > 8.64e15 ? `day ${day} from 1970-01-01` : new Date(time).toISOString().split("T", 1)[0]!;
}

/** A time of day as `12:00:00.000000`. */
export function timeText(count: number | bigint, unit: Unit): string {
  return clockText(Number(count), unit); // a day has 8.64e13 nanoseconds
}

/** A count since 1970 as `2013-01-31T12:00:00.000000`, with all digits of its unit. */
export function momentText(count: number | bigint, unit: Unit): string {
  const perDay = PER_SECOND[unit] * DAY_SECONDS;
  const number = Number(count);
  let day: number;
  let time: number;
  if (Number.isSafeInteger(number)) {
    day = Math.floor(number / perDay);
    time = number - day * perDay;
  } else {
    const exact = BigInt(perDay);
    const whole = BigInt(count);
    const rest = ((whole % exact) + exact) % exact;
    time = Number(rest);
    day = Number((whole - rest) / exact);
  }
  return `${dayText(day)}T${clockText(time, unit)}`;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));
const two = (value: number) => TWO_DIGITS[value] ?? String(value);

function clockText(count: number, unit: Unit): string {
  const perSecond = PER_SECOND[unit];
  const seconds = Math.trunc(count / perSecond);
  // With a one before it, so that its zeros stay.
  const fraction = String(perSecond + (count - seconds * perSecond)).slice(1);
  const hours = Math.trunc(seconds / 3600);
  const minutes = Math.trunc(seconds / 60) % 60;
  return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}.${fraction}`;
}
