import { Column } from "drizzle-orm";
import { stringifyExact } from "../../record/json-number.ts";

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
  if (column.dataType === "json") return (value) => (value === null ? null : stringifyExact(value));
  const mapsText = column.dataType === "custom";
  return (value) =>
    value === null || (typeof value === "string" && !mapsText) ? value : column.mapToDriverValue(value);
}
