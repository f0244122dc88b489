import { sql as raw } from "drizzle-orm";
import { pgSchema, pgTable, type AnyPgTable } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";
import { FatalError } from "../../../errors/millrace-error.ts";
import { databaseError } from "../database-error.ts";
import { columnOfType, type ColumnBuilder } from "./column-of-type.ts";
import { createTable, type NewTable } from "./create-table.ts";
import { parseTableName, type TableName } from "./table-name.ts";

export interface FindTableOptions {
  readonly databaseUrl: string;
  /** Made where the table is not there. */
  readonly create?: NewTable;
}

interface CatalogueColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** `a` always, `d` by default, empty none. */
  readonly identity: string;
  /** Not empty where it is computed. */
  readonly generated: string;
  readonly inPrimaryKey: boolean;
}

/**
 * The drizzle table of a table in the database, by its name: columns with their exact types, the properties of rows named as
 * the columns. Raises FatalError TABLE_NAME, TABLE_MISSING, those of `createTable`, and what `databaseError` makes of the
 * database's errors.
 */
export async function findTable(name: string, { databaseUrl, create }: FindTableOptions): Promise<AnyPgTable> {
  const parsed = parseTableName(name);
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 15 });
  try {
    let columns = await readColumns(sql, parsed);
    if (columns.length === 0 && create !== undefined) {
      await createTable(sql, parsed, create);
      columns = await readColumns(sql, parsed);
    }
    if (columns.length === 0) throw missing(parsed);
    return drizzleTable(parsed, columns);
  } catch (error) {
    throw databaseError(error, databaseUrl);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The drizzle table of columns that are known before there is one: by name, with types as PostgreSQL writes them. */
export function declaredTable(name: string, columns: NewTable["columns"]): AnyPgTable {
  return drizzleTable(
    parseTableName(name),
    columns.map((column) => ({ ...column, hasDefault: false, identity: "", generated: "", inPrimaryKey: false })),
  );
}

async function readColumns(sql: Sql, { schema, table }: TableName): Promise<CatalogueColumn[]> {
  return await sql<CatalogueColumn[]>`
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull",
      a.atthasdef AS "hasDefault", a.attidentity AS identity, a.attgenerated AS generated,
      coalesce(a.attnum = ANY (i.indkey) AND i.indnkeyatts = 1, false) AS "inPrimaryKey"
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE n.nspname = ${schema} AND c.relname = ${table} AND c.relkind IN ('r', 'p')
    ORDER BY a.attnum`;
}

function drizzleTable({ schema, table }: TableName, columns: readonly CatalogueColumn[]): AnyPgTable {
  const builders = Object.fromEntries(columns.map((column) => [column.name, builder(column)]));
  return schema === "public" ? pgTable(table, builders) : pgSchema(schema).table(table, builders);
}

function builder({
  name,
  type,
  notNull,
  hasDefault,
  identity,
  generated,
  inPrimaryKey,
}: CatalogueColumn): ColumnBuilder {
  let column = columnOfType(name, type);
  if (notNull) column = column.notNull();
  if (inPrimaryKey) column = column.primaryKey();
  if (generated !== "") return column.generatedAlwaysAs(raw`(computed)`);
  if (identity === "a") return column.generatedAlwaysAsIdentity?.() ?? column;
  if (identity === "d") return column.generatedByDefaultAsIdentity?.() ?? column;
  return hasDefault ? column.default(raw`(default)`) : column;
}

function missing({ schema, table }: TableName): FatalError {
  return new FatalError("TABLE_MISSING", `There is no table ${schema}.${table} in the database`, {
    fix: "Create it, or correct the name; a declared operator may have `createTable: true` with `columns`",
    details: { schema, table },
  });
}
