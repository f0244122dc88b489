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

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
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

function integer(kind: FieldKind, min: bigint, max: bigint): FieldType {
  const canonical = (text: string) => {
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
  const [, year, month, day] = DATE.exec(text) ?? [];
  return day !== undefined && isDay(Number(year), Number(month), Number(day));
}

function isTimestamp(text: string, zone: boolean): boolean {
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
