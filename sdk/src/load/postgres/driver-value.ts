import { Column, is } from "drizzle-orm";
import { makePgArray, PgArray } from "drizzle-orm/pg-core";
import { stringifyExact } from "../../record/json-number.ts";

/** Text that stands for a value of JSON or of a type of one's own, as PostgreSQL itself writes it: nothing is to be made of it. */
export class PostgresText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Whether the driver is given whatever there is. */
export function passes({ mapToDriverValue }: Column): boolean {
  return mapToDriverValue === Column.prototype.mapToDriverValue;
}

/**
 * What the driver is to be given for a column's value, as drizzle maps it. Text goes through as it is (but for json and
 * custom types): a timestamp as text keeps its microseconds, whatever the column's mode.
 */
export function driverValue(column: Column): (value: unknown) => unknown {
  if (passes(column)) return (value) => value;
  const map = mapping(column);
  return (value) => (value instanceof PostgresText ? value.text : map(value));
}

function mapping(column: Column): (value: unknown) => unknown {
  // By its SQL type: drizzle calls a point as an object "json" too.
  if (/^jsonb?$/.test(column.getSQLType())) return (value) => (value === null ? null : stringifyExact(value));
  if (is(column, PgArray)) {
    const item = itemMapping(column.baseColumn as Column);
    return (value) => (Array.isArray(value) ? makePgArray(value.map(item)) : value);
  }
  const mapsText = column.dataType === "custom";
  return (value) =>
    value === null || (typeof value === "string" && !mapsText) ? value : column.mapToDriverValue(value);
}

/** Of a list: mapped as in a column of its type, which drizzle does not do for numbers in JSON that are exact. */
function itemMapping(column: Column): (item: unknown) => unknown {
  const map = is(column, PgArray) ? itemMapping(column.baseColumn as Column) : driverValue(column);
  return (item) => {
    if (item === null || item === undefined) return null;
    return is(column, PgArray) ? (item as unknown[]).map(map) : itemText(map(item));
  };
}

function itemText(given: unknown): unknown {
  return typeof given === "object" && given !== null ? objectText(given) : given;
}

/** What a driver would make of it: times as ISO 8601, bytes in hexadecimal, others as JSON. Raises RangeError for an invalid Date. */
export function objectText(given: unknown): string {
  if (given instanceof Date) return given.toISOString();
  return given instanceof Uint8Array ? `\\x${Buffer.from(given).toString("hex")}` : stringifyExact(given);
}
