import { RecordError } from "../../errors/millrace-error.ts";
import { fieldType } from "../../record/field-type.ts";
import { driverValue, objectText, passes } from "./driver-value.ts";
import type { TargetColumn } from "./target-columns.ts";

/** Encodes a row as a line of PostgreSQL's COPY text format, without its newline. Raises RecordError: see `valueEncoder`. */
export type RowEncoder = (row: Readonly<Record<string, unknown>>) => string;

/** A control character, a backslash, or half of a surrogate pair: what most text has not. */
// eslint-disable-next-line no-control-regex -- the control characters are what has to be found
const NOT_PLAIN = /[\0-\x1f\\\ud800-\udfff]/;
// eslint-disable-next-line no-control-regex -- as above
const ESCAPED = /[\\\b\t\n\v\f\r]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
};

type Range = readonly [bigint, bigint];
const INT2: Range = [-(2n ** 15n), 2n ** 15n - 1n];
const INT4: Range = [-(2n ** 31n), 2n ** 31n - 1n];
const INT8: Range = [-(2n ** 63n), 2n ** 63n - 1n];
const INTEGER_RANGES: Readonly<Record<string, Range>> = {
  smallint: INT2,
  smallserial: INT2,
  integer: INT4,
  serial: INT4,
  bigint: INT8,
  bigserial: INT8,
};
const FLOAT_TYPES = new Set(["real", "double precision"]);

/** An encoder for rows with these columns, in this order. */
export function rowEncoder(columns: readonly TargetColumn[]): RowEncoder {
  // One expression, with what most values are decided in it: a loop over columns and their encoders takes twice as long.
  const values = columns.map(
    (column, index) => `(value = row[${JSON.stringify(column.key)}], ${expression(column, index)})`,
  );
  const body = `"use strict"; let value; return (row) => "" + ${values.join(' + "\\t" + ')};`;
  const make = new Function("encoders", "notPlain", body) as (encoders: unknown, notPlain: RegExp) => RowEncoder;
  return make(columns.map(valueEncoder), NOT_PLAIN);
}

/** `value` as text: itself where it is plainly what its encoder would make of it. */
function expression({ column, sqlType, repair }: TargetColumn, index: number): string {
  const range = INTEGER_RANGES[sqlType];
  const encoded = `encoders[${index}](value)`;
  if (repair !== null || !passes(column)) return encoded;
  const text = `typeof value === "string" && !notPlain.test(value) ? value : ${encoded}`;
  return range === INT2 || range === INT4
    ? `typeof value === "number" && (value | 0) === value && value >= ${range[0]} && value <= ${range[1]} ? value : ${text}`
    : text;
}

/**
 * A value as COPY text. Raises RecordError: NOT_NULL (null where the column takes none), NUMBER_RANGE (not an integer of
 * the column's size, or not a number), DATE_INVALID, TEXT_NUL (U+0000), TEXT_SURROGATE (half of a surrogate pair).
 */
function valueEncoder(target: TargetColumn): (value: unknown) => string {
  const { column, key, notNull, repair } = target;
  const { maxLength } = fieldType(target.sqlType);
  const toDriver = driverValue(column);
  const checkNumber = numberCheck(target);
  return (value) => {
    if (value === null || value === undefined) {
      if (notNull) throw new RecordError("NOT_NULL", `"${key}" is null, and its column takes no null`, { field: key });
      return "\\N";
    }
    // Numbers that drizzle makes text of are held to the same.
    if (typeof value === "number" && column.dataType !== "custom") checkNumber(value);
    else if (typeof value === "object" && column.dataType !== "json") checkDates(value, key);
    const given = toDriver(value);
    switch (typeof given) {
      case "string":
        return copyText(repair === null ? given : repair.repair(given, maxLength), key);
      case "number":
      case "bigint":
        checkNumber(given);
        return String(given);
      case "boolean":
        return given ? "t" : "f";
      default:
        return copyText(objectText(given), key);
    }
  };
}

function numberCheck({ key, sqlType }: TargetColumn): (value: number | bigint) => void {
  const range = INTEGER_RANGES[sqlType];
  const [low, high] = range === undefined ? [0, 0] : [Number(range[0]), Number(range[1])];
  return (value) => {
    if (range !== undefined) {
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= low && value <= high) return;
      const whole = typeof value === "bigint" || Number.isInteger(value);
      if (!whole || BigInt(value) < range[0] || BigInt(value) > range[1]) {
        throw new RecordError("NUMBER_RANGE", `"${key}" is ${value}, which is no ${sqlType}`, { field: key });
      }
    } else if (!FLOAT_TYPES.has(sqlType) && !Number.isFinite(Number(value))) {
      throw new RecordError("NUMBER_RANGE", `"${key}" is ${value}, which a column of type ${sqlType} does not take`, {
        field: key,
      });
    }
  };
}

/** Text as COPY takes it. Raises RecordError TEXT_NUL, TEXT_SURROGATE, naming the field. */
export function copyText(text: string, key: string): string {
  if (!NOT_PLAIN.test(text)) return text;
  if (!text.isWellFormed()) {
    throw new RecordError("TEXT_SURROGATE", `"${key}" has half of a surrogate pair in it`, { field: key });
  }
  if (text.includes("\0"))
    throw new RecordError("TEXT_NUL", `"${key}" has the character U+0000 in it, which PostgreSQL can not store`, {
      field: key,
    });
  return text.replace(ESCAPED, (character) => ESCAPES[character]!);
}

/** Times, alone or in lists, that are none. */
function checkDates(value: unknown, key: string): void {
  if (Array.isArray(value)) for (const item of value) checkDates(item, key);
  else if (value instanceof Date && Number.isNaN(value.getTime()))
    throw new RecordError("DATE_INVALID", `"${key}" is an invalid Date`, { field: key });
}
