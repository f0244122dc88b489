import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { LoadStrategy } from "../../strategy.ts";
import { quotedTable, targetColumns } from "../target-columns.ts";
import type { Questions } from "./questions.ts";

const PRIVILEGES: Readonly<Record<LoadStrategy["strategy"], readonly string[]>> = {
  append: ["INSERT"],
  upsert: ["SELECT", "INSERT", "UPDATE"],
  "delete-insert": ["SELECT", "INSERT", "UPDATE", "DELETE"],
  replace: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  "apply-changes": ["SELECT", "INSERT", "UPDATE", "DELETE"],
};

export interface PrivilegesOptions {
  readonly table: AnyPgTable;
  readonly load: LoadStrategy;
}

/** What this role may not do, and the load has to. */
export async function privilegeProblems(client: Questions, { table, load }: PrivilegesOptions): Promise<string[]> {
  const columns = targetColumns(table).map(({ name }) => name);
  const key = "key" in load ? load.key.map(({ name }) => name) : [];
  const swaps = load.strategy === "replace" && load.swap; // writes into a table of its own
  const name = quotedTable(table);
  const [asked, others] = await Promise.all([
    client.query<Held>(HELD, [name, swaps ? ["SELECT"] : PRIVILEGES[load.strategy]]),
    client.query<{ problem: string }>(OTHERS, [name, columns]),
  ]);
  const lacking = await Promise.all(
    asked.rows.map(async (held) => {
      const written = held.privilege === "UPDATE" ? columns.filter((column) => !key.includes(column)) : columns;
      return await lackingPrivilege(client, name, { ...held, written });
    }),
  );
  return [...lacking.flat(), ...others.rows.map(({ problem }) => problem)];
}

const OTHERS = `SELECT 'row-level security holds for this role, which COPY does not take' AS problem WHERE row_security_active(to_regclass($1))
UNION ALL SELECT format('TEMPORARY on database %I is not granted to this role', current_database()) WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
UNION ALL SELECT 'the database takes no writes' WHERE pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean
UNION ALL SELECT format('USAGE on sequence %s, of column "%s", is not granted to this role', s.oid::regclass, attname)
  FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
  JOIN pg_class s ON s.oid = p.refobjid
  WHERE a.attrelid = to_regclass($1) AND NOT attname = ANY ($2::text[]) AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END`;

interface Held {
  readonly privilege: string;
  readonly on_table: boolean;
  readonly on_some_column: boolean;
}

const HELD = `SELECT privilege, has_table_privilege(to_regclass($1), privilege) AS on_table,
  CASE WHEN privilege IN ('INSERT', 'UPDATE') THEN has_any_column_privilege(to_regclass($1), privilege) ELSE false END AS on_some_column
FROM unnest($2::text[]) WITH ORDINALITY asked (privilege, place) ORDER BY place`;

interface Asked extends Held {
  readonly written: readonly string[];
}

async function lackingPrivilege(client: Questions, table: string, asked: Asked): Promise<string[]> {
  const { privilege } = asked;
  if (asked.on_table) return [];
  const lacking = asked.on_some_column ? await lackingColumns(client, table, asked) : null;
  if (lacking?.length === 0) return [];
  return [`${privilege}${lacking ? ` (${lacking.join(", ")})` : ""} is not granted to this role`];
}

/** A primary key is never updated. */
async function lackingColumns(client: Questions, table: string, { privilege, written }: Asked): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2::text[]) AND NOT has_column_privilege(attrelid, attnum, $3)
      AND NOT ($3 = 'UPDATE' AND EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)))
    ORDER BY attnum`,
    [table, written, privilege],
  );
  return rows.map(({ name }) => name);
}
