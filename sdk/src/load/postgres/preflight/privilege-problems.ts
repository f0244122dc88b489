import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import type { LoadStrategy } from "../../strategy.ts";
import { targetColumns } from "../target-columns.ts";

const PRIVILEGES: Readonly<Record<LoadStrategy["strategy"], readonly string[]>> = {
  append: ["INSERT"],
  upsert: ["SELECT", "INSERT", "UPDATE"],
  "delete-insert": ["SELECT", "INSERT", "UPDATE", "DELETE"],
  replace: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  "apply-changes": ["SELECT", "INSERT", "UPDATE", "DELETE"],
};

/** Those that a role may have on each column that is written, in place of the table. */
const ON_COLUMNS = new Set(["INSERT", "UPDATE"]);

export interface PrivilegesOptions {
  readonly oid: string;
  readonly table: AnyPgTable;
  readonly load: LoadStrategy;
}

/** What this role may not do, and the load has to. */
export async function privilegeProblems(sql: Sql, { oid, table: target, load }: PrivilegesOptions): Promise<string[]> {
  const problems: string[] = [];
  const columns = targetColumns(target).map(({ name }) => name);
  const key = "key" in load ? load.key.map(({ name }) => name) : [];
  const swaps = load.strategy === "replace" && load.swap; // writes into a table of its own
  for (const privilege of swaps ? ["SELECT"] : PRIVILEGES[load.strategy]) {
    const written = privilege === "UPDATE" ? columns.filter((name) => !key.includes(name)) : columns;
    const [table] = await sql<{ has: boolean }[]>`SELECT has_table_privilege(${oid}::oid, ${privilege}) AS has`;
    if (table!.has) continue;
    const [some] = ON_COLUMNS.has(privilege)
      ? await sql<{ has: boolean }[]>`SELECT has_any_column_privilege(${oid}::oid, ${privilege}) AS has`
      : [];
    const lacking = some?.has ? await lackingColumns(sql, oid, { privilege, written }) : null;
    if (lacking?.length !== 0)
      problems.push(`${privilege}${lacking ? ` (${lacking.join(", ")})` : ""} is not granted to this role`);
  }
  const others = await sql<{ problem: string }[]>`
    SELECT 'row-level security holds for this role, which COPY does not take' AS problem WHERE row_security_active(${oid}::oid)
    UNION ALL SELECT format('TEMPORARY on database %I is not granted to this role', current_database()) WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
    UNION ALL SELECT 'the database takes no writes' WHERE pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean
    UNION ALL SELECT format('USAGE on sequence %s, of column "%s", is not granted to this role', s.oid::regclass, attname)
      FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = p.refobjid
      WHERE a.attrelid = ${oid}::oid AND NOT attname = ANY (${columns}::text[]) AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END`;
  return [...problems, ...others.map(({ problem }) => problem)];
}

/** A primary key is never updated. */
async function lackingColumns(
  sql: Sql,
  oid: string,
  { privilege, written }: { readonly privilege: string; readonly written: readonly string[] },
): Promise<string[]> {
  const lacking = await sql<{ name: string }[]>`
    SELECT attname AS name FROM pg_attribute WHERE attrelid = ${oid}::oid AND attname = ANY (${[...written]}::text[]) AND NOT has_column_privilege(${oid}::oid, attnum, ${privilege})
      AND NOT (${privilege} = 'UPDATE' AND EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)))
    ORDER BY attnum`;
  return lacking.map(({ name }) => name);
}
