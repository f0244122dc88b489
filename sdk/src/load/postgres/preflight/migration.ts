import { SQL } from "drizzle-orm";
import { getTableConfig, PgDialect, type AnyPgTable, type PgColumn } from "drizzle-orm/pg-core";
import type { LoadStrategy } from "../../strategy.ts";
import { columnList, quoted, quotedTable, targetColumns } from "../target-columns.ts";
import { knownTypes, presentColumns } from "./column-problems.ts";
import { keyProblems } from "./key-problems.ts";
import type { Questions } from "./questions.ts";

/** The statements that would bring a table of the database to what its drizzle table says, as far as loading needs it. */
export async function migrationOf(client: Questions, table: AnyPgTable, load: LoadStrategy): Promise<string[]> {
  const named = quotedTable(table);
  const { rows } = await client.query("SELECT FROM pg_class WHERE oid = to_regclass($1)", [named]);
  if (rows.length === 0) return [...createTable(table), ...(isPrimaryKey(table, load) ? [] : uniqueIndex(table, load))];
  const [present, known, keys] = await Promise.all([
    presentColumns(client, named),
    knownTypes(client, table),
    keyProblems(client, named, load),
  ]);
  const statements: string[] = [];
  for (const [place, { name, column }] of targetColumns(table).entries()) {
    const there = present.find((candidate) => candidate.name === name);
    const alter = `ALTER TABLE ${quotedTable(table)}`;
    if (there === undefined) statements.push(`${alter} ADD COLUMN ${definition(column)};`);
    else if (known[place] && known[place] !== there.type) {
      const type = column.getSQLType();
      statements.push(`${alter} ALTER COLUMN ${quoted(name)} TYPE ${type} USING ${quoted(name)}::${type};`);
    }
  }
  return keys.length === 0 ? statements : [...statements, ...uniqueIndex(table, load)];
}

function createTable(table: AnyPgTable): string[] {
  const { schema, columns, primaryKeys } = getTableConfig(table);
  const keys = primaryKeys.map((key) => `  PRIMARY KEY (${columnList(key.columns)})`);
  const lines = [...columns.map((column) => `  ${definition(column)}${column.primary ? " PRIMARY KEY" : ""}`), ...keys];
  return [
    ...(schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};`]),
    `CREATE TABLE ${quotedTable(table)} (\n${lines.join(",\n")}\n);`,
  ];
}

function definition(column: PgColumn): string {
  const value = defaultOf(column);
  return `${quoted(column.name)} ${column.getSQLType()}${value === null ? "" : ` DEFAULT ${value}`}${column.notNull ? " NOT NULL" : ""}`;
}

function defaultOf({ default: value, mapToDriverValue }: PgColumn): string | null {
  if (value === undefined) return null;
  if (value instanceof SQL) return new PgDialect().sqlToQuery(value).sql;
  const given = mapToDriverValue(value) as unknown;
  return typeof given === "number" || typeof given === "bigint" || typeof given === "boolean"
    ? String(given)
    : `'${(typeof given === "string" ? given : JSON.stringify(given)).replaceAll("'", "''")}'`;
}

/** What upserts and changes tell rows by. */
function uniqueIndex(table: AnyPgTable, load: LoadStrategy): string[] {
  if (load.strategy !== "upsert" && load.strategy !== "apply-changes") return [];
  return [`CREATE UNIQUE INDEX ON ${quotedTable(table)} (${columnList(load.key)});`];
}

function isPrimaryKey(table: AnyPgTable, load: LoadStrategy): boolean {
  if (load.strategy !== "upsert" && load.strategy !== "apply-changes") return false;
  const { columns, primaryKeys } = getTableConfig(table);
  const names = (of: readonly { readonly name: string }[]) =>
    of
      .map(({ name }) => name)
      .toSorted()
      .join("\0");
  const keys = [columns.filter(({ primary }) => primary), ...primaryKeys.map((key) => key.columns)];
  return keys.some((key) => names(key) === names(load.key));
}
