import { getTableColumns, getTableName } from "drizzle-orm";
import { getTableConfig, type AnyPgTable, type PgColumn } from "drizzle-orm/pg-core";
import pg from "pg";
import type { TextRepair } from "../../record/text-policy.ts";

/** A column of the target as the loader sees it. */
export interface TargetColumn {
  /** The property of a row that holds its value. */
  readonly key: string;
  /** Its name in the database, unquoted. */
  readonly name: string;
  readonly sqlType: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly column: PgColumn;
  /** Changes texts that it can not hold; null where they are refused. */
  readonly repair: TextRepair | null;
}

/** The columns of a table that can be written, in the table's order; generated ones are left out. */
export function targetColumns(table: AnyPgTable, repair: TextRepair | null = null): TargetColumn[] {
  return Object.entries(getTableColumns(table))
    .filter(([, column]) => column.generated === undefined && column.generatedIdentity?.type !== "always")
    .map(([key, column]) => ({
      key,
      name: column.name,
      sqlType: column.getSQLType(),
      notNull: column.notNull,
      hasDefault: column.hasDefault || column.generatedIdentity !== undefined,
      column,
      repair,
    }));
}

/** `schema.table`, for people. */
export function tableName(table: AnyPgTable): string {
  return `${getTableConfig(table).schema ?? "public"}.${getTableName(table)}`;
}

/** `"schema"."table"`, for SQL. */
export function quotedTable(table: AnyPgTable): string {
  const { schema } = getTableConfig(table);
  const name = quoted(getTableName(table));
  return schema === undefined ? name : `${quoted(schema)}.${name}`;
}

export function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

export function literal(text: string): string {
  return pg.escapeLiteral(text);
}

/** A comma-separated list of the columns' quoted names, each behind `prefix`. */
export function columnList(columns: readonly { readonly name: string }[], prefix = ""): string {
  return columns.map(({ name }) => prefix + quoted(name)).join(", ");
}
