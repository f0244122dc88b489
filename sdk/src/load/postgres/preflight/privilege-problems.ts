import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { LoadStrategy } from "../../strategy.ts";
import { targetColumns } from "../target-columns.ts";
import type { Questions } from "./questions.ts";

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
export async function privilegeProblems(client: Questions, { oid, table, load }: PrivilegesOptions): Promise<string[]> {
  const columns = targetColumns(table).map(({ name }) => name);
  const key = "key" in load ? load.key.map(({ name }) => name) : [];
  const swaps = load.strategy === "replace" && load.swap; // writes into a table of its own
  const [lacking, others] = await Promise.all([
    Promise.all(
      (swaps ? ["SELECT"] : PRIVILEGES[load.strategy]).map(async (privilege) => {
        const written = privilege === "UPDATE" ? columns.filter((name) => !key.includes(name)) : columns;
        return await lackingPrivilege(client, oid, { privilege, written });
      }),
    ),
    client.query<{ problem: string }>(OTHERS, [oid, columns]),
  ]);
  return [...lacking.flat(), ...others.rows.map(({ problem }) => problem)];
}

const OTHERS = `SELECT 'row-level security holds for this role, which COPY does not take' AS problem WHERE row_security_active($1::oid)
UNION ALL SELECT format('TEMPORARY on database %I is not granted to this role', current_database()) WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
UNION ALL SELECT 'the database takes no writes' WHERE pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean
UNION ALL SELECT format('USAGE on sequence %s, of column "%s", is not granted to this role', s.oid::regclass, attname)
  FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
  JOIN pg_class s ON s.oid = p.refobjid
  WHERE a.attrelid = $1::oid AND NOT attname = ANY ($2::text[]) AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END`;

interface Asked {
  readonly privilege: string;
  readonly written: readonly string[];
}

async function lackingPrivilege(client: Questions, oid: string, asked: Asked): Promise<string[]> {
  const { privilege } = asked;
  const has = async (kind: "table" | "any_column"): Promise<boolean> => {
    const { rows } = await client.query<{ has: boolean }>(`SELECT has_${kind}_privilege($1::oid, $2) AS has`, [
      oid,
      privilege,
    ]);
    return rows[0]!.has;
  };
  if (await has("table")) return [];
  const lacking =
    ON_COLUMNS.has(privilege) && (await has("any_column")) ? await lackingColumns(client, oid, asked) : null;
  if (lacking?.length === 0) return [];
  return [`${privilege}${lacking ? ` (${lacking.join(", ")})` : ""} is not granted to this role`];
}

/** A primary key is never updated. */
async function lackingColumns(client: Questions, oid: string, { privilege, written }: Asked): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::oid AND attname = ANY ($2::text[]) AND NOT has_column_privilege($1::oid, attnum, $3)
      AND NOT ($3 = 'UPDATE' AND EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)))
    ORDER BY attnum`,
    [oid, written, privilege],
  );
  return rows.map(({ name }) => name);
}
