import { Column } from "drizzle-orm";
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
  if (column.dataType === "json") return (value) => (value === null ? null : stringifyExact(value));
  const mapsText = column.dataType === "custom";
  return (value) =>
    value === null || (typeof value === "string" && !mapsText) ? value : column.mapToDriverValue(value);
}
