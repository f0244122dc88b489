import type { SQL } from "drizzle-orm";
import { getTableName, is } from "drizzle-orm";
import { getTableConfig, PgDialect, PgTable, type AnyPgTable } from "drizzle-orm/pg-core";
import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import { quoted } from "../../load/postgres/target-columns.ts";

/** A table or view by its name as in SQL (`orders`, `sales."Order"`), a drizzle table, or a SELECT. */
export type RelationInput = string | AnyPgTable | SQL;

export interface SourceColumn {
  readonly name: string;
  /** As `format_type` writes it: `numeric(12,2)`. */
  readonly type: string;
  readonly notNull: boolean;
}

/** What is read, as the server knows it. */
export interface Relation {
  /** For FROM. */
  readonly from: string;
  readonly columns: readonly SourceColumn[];
  /** Of a table, the columns of its primary key. */
  readonly key: readonly string[];
  /** Of a table, its own names, unquoted. */
  readonly table: { readonly schema: string; readonly name: string } | null;
  /** Of a table. */
  readonly oid: string | null;
}

/** The name of a relation, for people. */
export function relationName(input: RelationInput): string {
  if (typeof input === "string") return input;
  if (!isTable(input)) return "query";
  const { schema } = getTableConfig(input);
  return schema === undefined ? getTableName(input) : `${schema}.${getTableName(input)}`;
}

/** Raises FatalError SOURCE_TABLE where there is no such table or view. */
export async function describeRelation(client: pg.Client, input: RelationInput): Promise<Relation> {
  if (typeof input !== "string" && !isTable(input)) return await describeQuery(client, input);
  const name = typeof input === "string" ? input : quotedName(input);
  const { rows } = await client.query<{
    oid: string;
    name: string;
    table: Relation["table"];
    columns: SourceColumn[];
    key: string[];
  }>(
    `SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name, json_build_object('schema', n.nspname, 'name', c.relname) AS table,
  (SELECT coalesce(json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'notNull', attnotnull) ORDER BY attnum), '[]')
   FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
  (SELECT coalesce(json_agg(attname ORDER BY place), '[]') FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY part (attnum, place)
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum WHERE i.indrelid = c.oid AND i.indisprimary AND place <= i.indnkeyatts) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'v', 'm', 'f', 'p')`,
    [name],
  );
  const [found] = rows;
  if (found === undefined) {
    throw new FatalError("SOURCE_TABLE", `The source has no table or view ${name}`, {
      fix: "Check its name and schema, and that the role may see it",
    });
  }
  return { from: found.name, columns: found.columns, key: found.key, table: found.table, oid: found.oid };
}

async function describeQuery(client: pg.Client, query: SQL): Promise<Relation> {
  const { sql: text } = new PgDialect().sqlToQuery(query.inlineParams());
  const from = `(${text}) AS source`;
  const { fields } = await client.query(`SELECT * FROM ${from} LIMIT 0`);
  const { rows } = await client.query<{ type: string }>(
    "SELECT format_type(oid, mod) AS type FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS types (oid, mod, place) ORDER BY place",
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  );
  const columns = fields.map(({ name }, index) => ({ name, type: rows[index]!.type, notNull: false }));
  return { from, columns, key: [], table: null, oid: null };
}

function isTable(input: AnyPgTable | SQL): input is AnyPgTable {
  return is(input, PgTable);
}

function quotedName(table: AnyPgTable): string {
  const { schema } = getTableConfig(table);
  const name = quoted(getTableName(table));
  return schema === undefined ? name : `${quoted(schema)}.${name}`;
}
