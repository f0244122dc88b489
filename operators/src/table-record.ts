import { text } from "@millrace/sdk";
import { getTableColumns } from "drizzle-orm";
import type { AnyPgTable, PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";

/** What records must look like to become rows of a table, and how they do. */
export interface TableRecord {
  readonly schema: z.ZodType<Record<string, unknown>>;
  readonly toRow: (record: Record<string, unknown>) => Record<string, unknown>;
}

/** The record that a table's columns ask for, its fields text named as the columns. */
export function tableRecord(table: AnyPgTable): TableRecord {
  const columns = Object.entries(getTableColumns(table)).filter(([, column]) => !column.generated && !column.generatedIdentity);
  const shape = Object.fromEntries(columns.map(([, column]) => [column.name, columnField(column)]));
  return {
    schema: z.object(shape),
    toRow: (record) => Object.fromEntries(columns.map(([key, { name }]) => [key, record[name]])),
  };
}

function columnField(column: PgColumn): z.ZodType {
  const field = typeField(column.getSQLType());
  const nullable = column.notNull ? field : field.nullable();
  return column.hasDefault ? nullable.optional() : nullable;
}

function typeField(sqlType: string): z.ZodType {
  const type = sqlType.replace(/\(.*?\)/, "").trim();
  switch (type) {
    case "smallint":
    case "integer":
    case "smallserial":
    case "serial":
      return text.integer();
    case "bigint":
    case "bigserial":
      return text.bigint();
    case "real":
    case "double precision":
      return text.number();
    case "numeric":
      return text.decimal();
    case "boolean":
      return text.boolean();
    case "date":
      return text.date();
    case "timestamp":
      return text.localTimestamp();
    case "timestamp with time zone":
      return text.timestamp();
    default:
      return z.string();
  }
}
