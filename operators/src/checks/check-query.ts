import { FatalError, parseTableName } from "@millrace/sdk";
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import { getTableConfig, type AnyPgTable } from "drizzle-orm/pg-core";
import { statementSql } from "../sql/statement-sql.ts";
import { sqlStatements, type SqlParameters } from "../sql/sql-file.ts";
import type { TableCheck } from "./table-check.ts";

export interface CheckedTable {
  readonly table: AnyPgTable;
  /** For FROM: the rows that are looked at. Default: all of the table. */
  readonly rows?: SQL | undefined;
  /** A condition, as SQL text; all rows where it is undefined. */
  readonly where?: string | undefined;
  readonly parameters: SqlParameters;
}

/** A query that gives the rows that are wrong; for `row_count` and `freshness` a row that says why, where the table is wrong. */
export function wrongRows(check: TableCheck, { table, rows = sql`${table}`, where, parameters }: CheckedTable): SQL {
  const from = sql`${rows} AS checked`;
  const within = where === undefined ? sql`true` : sql`(${scriptSql(where, parameters)})`;
  const column = (name: string) => sql`checked.${sql.identifier(known(table, name))}`;
  switch (check.check) {
    case "row_count": {
      const atMost = check.max === undefined ? sql`` : sql` OR count(*) > ${check.max}`;
      return sql`SELECT count(*) AS rows FROM ${from} WHERE ${within} HAVING count(*) < ${check.min}${atMost}`;
    }
    case "not_null": {
      const nulls = sql.join(
        check.columns.map((name) => sql`${column(name)} IS NULL`),
        sql` OR `,
      );
      return sql`SELECT * FROM ${from} WHERE ${within} AND (${nulls})`;
    }
    case "unique": {
      const columns = sql.join(check.columns.map(column), sql`, `);
      return sql`SELECT ${columns}, count(*) AS rows FROM ${from} WHERE ${within} GROUP BY ${columns} HAVING count(*) > 1`;
    }
    case "freshness": {
      const newest = sql`max(${column(check.column)})`;
      return sql`SELECT ${newest}::text AS newest FROM ${from} WHERE ${within}
        HAVING ${newest} IS NULL OR ${newest} < now() - make_interval(secs => ${check.maxAgeMinutes * 60}::double precision)`;
    }
    case "accepted_values": {
      const accepted = sql.join(
        check.values.map((value) => sql`${String(value)}`),
        sql`, `,
      );
      const value = column(check.column);
      return sql`SELECT * FROM ${from} WHERE ${within} AND ${value} IS NOT NULL AND ${value}::text NOT IN (${accepted})`;
    }
    case "references": {
      const { schema, table: name } = parseTableName(check.table);
      const other = sql`${sql.identifier(schema)}.${sql.identifier(name)} AS referenced`;
      const value = column(check.column);
      return sql`SELECT * FROM ${from} WHERE ${within} AND ${value} IS NOT NULL
        AND NOT EXISTS (SELECT FROM ${other} WHERE referenced.${sql.identifier(check.to)} = ${value})`;
    }
    case "sql":
      return scriptSql(check.query, parameters);
  }
}

function scriptSql(text: string, parameters: SqlParameters): SQL {
  const [statement, ...others] = sqlStatements(text, parameters);
  if (statement !== undefined && others.length === 0) return statementSql(statement);
  throw new FatalError(
    "CHECK_SQL",
    `A check's SQL is one statement, and this is ${others.length + (statement ? 1 : 0)}: ${text.slice(0, 200)}`,
    {
      fix: "Write one SELECT, or one condition for `where`",
    },
  );
}

function known(table: AnyPgTable, name: string): string {
  const names = Object.values(getTableColumns(table)).map((column) => (column as { name: string }).name);
  if (names.includes(name)) return name;
  throw new FatalError(
    "COLUMN_MISSING",
    `The table ${getTableConfig(table).name} has no column "${name}"; it has ${names.join(", ")}`,
    {
      fix: "Correct the name in `checks`",
    },
  );
}
