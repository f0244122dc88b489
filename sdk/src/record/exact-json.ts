import { JsonNumber } from "./json-number.ts";

/**
 * JSON whose numbers keep their value: what a JavaScript number would change becomes a bigint where it is whole (beyond
 * 2^53), and else a `JsonNumber` within a record's values, so that `JSON.stringify` still writes a number; the record's own
 * fields have its text. Raises SyntaxError.
 */
export function parseExactRecord(text: string): unknown {
  const value = parseExactValue(text);
  if (typeof value !== "object" || value === null || Array.isArray(value) || !MAY_CHANGE.test(text)) return value;
  return withTextFields(value as Record<string, unknown>);
}

/** The record itself, its own fields that are a `JsonNumber` made text. */
export function withTextFields(record: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(record)) if (record[name] instanceof JsonNumber) record[name] = String(record[name]);
  return record;
}

/** JSON of which `JSON.stringify` makes what it was, to the last digit: see `parseExactRecord`. Raises SyntaxError. */
export function parseExactValue(text: string): unknown {
  return MAY_CHANGE.test(text)
    ? JSON.parse(text, exactValue as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}

/** Where a number may stand: elsewhere, as in UUIDs and times, digits are part of a text. */
const MAY_CHANGE = /(?:^|[:,[\s])-?(?:[\d.]{16}|[\d.]+[eE])/;
/** Beyond it a whole number is text: no column takes it, and making a bigint of it takes long. */
const MAX_BIGINT_DIGITS = 1000;

function exact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || source === undefined) return value;
  if (/^-?\d+$/.test(source)) {
    if (Number.isSafeInteger(value)) return value;
    return source.length <= MAX_BIGINT_DIGITS ? BigInt(source) : source;
  }
  return Number.isFinite(value) && canonical(String(value)) === canonical(source) ? value : source;
}

function exactValue(key: string, value: unknown, context: { readonly source?: string }): unknown {
  const kept = exact(key, value, context);
  return typeof kept === "string" && typeof value === "number" ? new JsonNumber(kept) : kept;
}

/** The same for all ways to write a number: its digits and where the point stands. */
function canonical(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
