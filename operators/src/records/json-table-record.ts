import { tableRecord, type TableRecordOptions } from "@millrace/sdk";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { getTableColumns } from "drizzle-orm";
import type { AnyPgTable, PgColumn } from "drizzle-orm/pg-core";

/**
 * JSON objects that are rows of a table: each field must be what its column's type takes, a list for a column of arrays too.
 * `fields` gives a path, such as `customer.id`, where a field is not named as its column.
 */
export function jsonTableRecord<Table extends AnyPgTable>(
  table: Table,
  options: TableRecordOptions<Table> = {},
): StandardSchemaV1<unknown, Table["$inferInsert"]> {
  const paths = (options.fields ?? {}) as Readonly<Record<string, string>>;
  const columns = Object.entries(getTableColumns(table) as Record<string, PgColumn>).map(([key, column]) => {
    const field = paths[key] ?? column.name;
    return { name: column.name, field, path: field.split("."), isArray: column.getSQLType().endsWith("[]") };
  });
  // Where it is enough, what needs no copies of records.
  if (columns.every(({ isArray, path }) => !isArray && path.length === 1)) return tableRecord(table, options);
  const record = tableRecord(table).ofTypedValues();
  const names = new Map(columns.map(({ name, field }) => [name, field]));
  return {
    "~standard": {
      version: 1,
      vendor: "millrace",
      validate: (value) => {
        const values: Record<string, unknown> = {};
        for (const { name, field, path, isArray } of columns) {
          const found = valueAt(value, field, path);
          if (found !== undefined) values[name] = isArray && Array.isArray(found) ? arrayText(found) : found;
        }
        const result = record["~standard"].validate(values) as StandardSchemaV1.Result<Table["$inferInsert"]>;
        if (result.issues === undefined) return result;
        // Named as in the source, where somebody will look for it.
        return {
          issues: result.issues.map(({ message, path: at }) => ({ message, path: [names.get(String(at?.[0]))!] })),
        };
      },
    },
  };
}

/** A field that has a point in its own name comes first. */
function valueAt(record: unknown, name: string, path: readonly string[]): unknown {
  let value = record;
  if (typeof record === "object" && record !== null && Object.hasOwn(record, name))
    return (record as Record<string, unknown>)[name];
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** PostgreSQL's way to write an array. */
function arrayText(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return arrayText(value);
    const text =
      typeof value === "object" ? JSON.stringify(value) : String(value as string | number | bigint | boolean);
    return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
