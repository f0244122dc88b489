import { parseExactValue } from "./exact-json.ts";

/** What a column's type makes of a field that arrives as text. */
export interface FieldType {
  /** Chooses the check of the bytes; see `load/postgres/field-bytes.ts`. */
  readonly kind: FieldKind;
  /** Characters that fit, for varchar and char. */
  readonly maxLength: number;
  /** The text that PostgreSQL is given, the same for all ways to write the value; undefined where it is no such value. */
  canonical(text: string): string | undefined;
  /** The value that an operator's transform is given, from the canonical text. */
  value(canonical: string): unknown;
  /** Follows the field's name: "id: not a whole number from -32768 to 32767". */
  readonly problem: string;
}

export type FieldKind =
  | "int2"
  | "int4"
  | "int8"
  | "decimal"
  | "float"
  | "boolean"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "uuid"
  | "json"
  | "text";

const asText = (text: string) => text;

/** The field type of a column's SQL type; types that are not known here are text, which the server judges. */
export function fieldType(sqlType: string): FieldType {
  const [, name = "", length] =
    /^([a-z ]+?)(?:\((\d+)[^)]*\))?( with(?:out)? time zone)?$/.exec(
      sqlType.replace(/^(timestamp) \((\d)\)/, "$1($2)"),
    ) ?? [];
  const zone = sqlType.endsWith("with time zone");
  switch (name.trim()) {
    case "smallint":
    case "smallserial":
      return integer("int2", -(2n ** 15n), 2n ** 15n - 1n);
    case "integer":
    case "serial":
      return integer("int4", -(2n ** 31n), 2n ** 31n - 1n);
    case "bigint":
    case "bigserial":
      return integer("int8", -(2n ** 63n), 2n ** 63n - 1n);
    case "numeric":
      return of("decimal", "not a number", (text) => (DECIMAL.test(text) ? text : undefined));
    case "real":
    case "double precision":
      return of("float", "not a number", canonicalFloat, Number);
    case "boolean":
      return of("boolean", "neither true nor false", canonicalBoolean, (text) => text === "t");
    case "date":
      return of("date", "not a day as 2013-01-31", (text) => (isDate(text) ? text : canonicalInfinity(text)));
    case "timestamp":
    case "timestamp with time zone":
      return zone
        ? of("timestamptz", "not a moment as 2013-01-31T12:00:00Z, with its offset", (text) =>
            isTimestamp(text, true) ? text : canonicalInfinity(text),
          )
        : of("timestamp", "not a time as 2013-01-31T12:00:00, without a zone", (text) =>
            isTimestamp(text, false) ? text : canonicalInfinity(text),
          );
    case "uuid":
      return of("uuid", "not a UUID", (text) => (UUID.test(text) ? text.toLowerCase() : undefined));
    case "json":
    case "jsonb":
      return of("json", "not JSON", (text) => (isJson(text) ? text : undefined), parseExactValue);
    case "varchar":
    case "char":
      return varying(length === undefined ? Number.POSITIVE_INFINITY : Number(length));
    default:
      return of("text", "", asText);
  }
}

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?$/;
const TRUE = new Set(["t", "true", "yes", "y", "1", "on"]);
const FALSE = new Set(["f", "false", "no", "n", "0", "off"]);
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function of(
  kind: FieldKind,
  problem: string,
  canonical: FieldType["canonical"],
  value: FieldType["value"] = asText,
): FieldType {
  return { kind, problem, canonical, value, maxLength: Number.POSITIVE_INFINITY };
}

/** So many digits always fit the type. */
const PLAIN_DIGITS = { int2: 4, int4: 9, int8: 18 } as const;

/** Digits alone, none of them a zero that leads: most whole numbers, and their canonical text. */
function isPlainInteger(text: string): boolean {
  const { length } = text;
  if (length === 0 || (length > 1 && text.charCodeAt(0) === ZERO)) return false;
  for (let index = 0; index < length; index += 1) if (!isDigitAt(text, index)) return false;
  return true;
}

function isDigitAt(text: string, index: number): boolean {
  const digit = text.charCodeAt(index) - ZERO;
  return digit >= 0 && digit <= 9;
}

function integer(kind: keyof typeof PLAIN_DIGITS, min: bigint, max: bigint): FieldType {
  const canonical = (text: string) => {
    if (text.length <= PLAIN_DIGITS[kind] && isPlainInteger(text)) return text;
    if (!INTEGER.test(text)) return undefined;
    const value = BigInt(text.replace("+", ""));
    return value < min || value > max ? undefined : String(value);
  };
  const value = (text: string) =>
    kind === "int8" && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);
  return of(kind, `not a whole number from ${min} to ${max}`, canonical, value);
}

function varying(maxLength: number): FieldType {
  // Characters are counted as PostgreSQL does: one for what JavaScript holds as a pair of surrogates.
  const fits = (text: string) => text.length <= maxLength || Array.from(text).length <= maxLength;
  return { ...of("text", `longer than ${maxLength} characters`, (text) => (fits(text) ? text : undefined)), maxLength };
}

function canonicalFloat(text: string): string | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? String(value) : undefined;
  }
  return NOT_FINITE.get(text.toLowerCase());
}

/** What floats have beside numbers, as PostgreSQL reads it, and as it and JavaScript write it. */
const NOT_FINITE: ReadonlyMap<string, string> = new Map([
  ["nan", "NaN"],
  ...["inf", "+inf", "infinity", "+infinity"].map((text) => [text, "Infinity"]),
  ...["-inf", "-infinity"].map((text) => [text, "-Infinity"]),
] as [string, string][]);

/** Days and times too have a before and an after all others. */
function canonicalInfinity(text: string): string | undefined {
  const lower = text.toLowerCase();
  return lower === "infinity" || lower === "-infinity" ? lower : undefined;
}

/** As PostgreSQL reads booleans, in any case. */
function canonicalBoolean(text: string): string | undefined {
  const lower = text.toLowerCase();
  return TRUE.has(lower) ? "t" : FALSE.has(lower) ? "f" : undefined;
}

function isDate(text: string): boolean {
  return text.length === 10 && isDateAt(text);
}

/** The text begins with a day. */
function isDateAt(text: string): boolean {
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  return isDay(year, twoDigits(text, 5), twoDigits(text, 8));
}

/** Far below zero where there are no two digits, so that no date is made of it. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -10_000;
}

function isBelow(limit: number, text: string, at: number): boolean {
  const value = twoDigits(text, at);
  return value >= 0 && value < limit;
}

/** Written as `2013-01-31T12:00:00Z` or `2013-01-31T12:00:00.123456Z`, as most moments are. */
function isPlainMoment(text: string): boolean {
  return (
    text.length >= 20 &&
    text.charCodeAt(10) === UPPER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(text.length - 1) === UPPER_Z &&
    (text.length === 20 || isFractionAt(text, 19)) &&
    isBelow(24, text, 11) &&
    isBelow(60, text, 14) &&
    isBelow(60, text, 17) &&
    isDateAt(text)
  );
}

/** A point and digits up to the last character. */
function isFractionAt(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== POINT || text.length < at + 3) return false;
  for (let index = at + 1; index < text.length - 1; index += 1) if (!isDigitAt(text, index)) return false;
  return true;
}

function isTimestamp(text: string, zone: boolean): boolean {
  if (zone && isPlainMoment(text)) return true;
  const [, date, , offset] = TIMESTAMP.exec(text) ?? [];
  return date !== undefined && isDate(date) && (offset !== undefined) === zone;
}

/** Whether there is such a day, from the year 1 on. */
export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]!) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
