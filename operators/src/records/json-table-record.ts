import { tableRecord, type TableRecordOptions } from "@millrace/sdk";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { getTableColumns } from "drizzle-orm";
import type { AnyPgTable, PgColumn } from "drizzle-orm/pg-core";

/**
 * JSON objects that are rows of a table: each field must be what its column's type takes. `fields` gives a path, such as
 * `customer.id`, where a field is not named as its column.
 */
export function jsonTableRecord<Table extends AnyPgTable>(
  table: Table,
  { fields = {} }: TableRecordOptions<Table> = {},
): StandardSchemaV1<unknown, Table["$inferInsert"]> {
  const paths = fields as Readonly<Record<string, string>>;
  const record = tableRecord(table);
  const columns = Object.entries(getTableColumns(table) as Record<string, PgColumn>).map(([key, column]) => {
    const field = paths[key] ?? column.name;
    return { name: column.name, field, path: field.split("."), toText: textOf(column.getSQLType()) };
  });
  return {
    "~standard": {
      version: 1,
      vendor: "millrace",
      validate: (value) => {
        const texts: Record<string, string | null> = {};
        for (const { name, field, path, toText } of columns) {
          const found = valueAt(value, field, path);
          if (found !== undefined) texts[name] = found === null ? null : toText(found);
        }
        return record["~standard"].validate(texts) as StandardSchemaV1.Result<Table["$inferInsert"]>;
      },
    },
  };
}

/** A name that has a point in it comes first. */
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

function textOf(sqlType: string): (value: unknown) => string {
  if (sqlType === "json" || sqlType === "jsonb") return jsonText;
  if (sqlType.endsWith("[]")) return (value) => (Array.isArray(value) ? arrayText(value) : scalarText(value));
  return scalarText;
}

function scalarText(value: unknown): string {
  return typeof value === "object" ? jsonText(value) : String(value as string | number | bigint | boolean);
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? raw(String(inner)) : inner));
}

/** In Node.js since 21, not yet in TypeScript's library. */
const raw = (JSON as unknown as { rawJSON(text: string): object }).rawJSON;

/** PostgreSQL's way to write an array. */
function arrayText(values: readonly unknown[]): string {
  const items = values.map((value) =>
    value === null
      ? "NULL"
      : Array.isArray(value)
        ? arrayText(value)
        : `"${scalarText(value).replaceAll(/["\\]/g, "\\$&")}"`,
  );
  return `{${items.join(",")}}`;
}
