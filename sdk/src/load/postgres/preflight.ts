import { getTableName } from "drizzle-orm";
import { getTableConfig, type AnyPgTable } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { FatalError } from "../../errors/millrace-error.ts";
import type { LoadStrategy } from "../strategy.ts";
import { changesProblems } from "./changes/changes-problems.ts";
import { swapProblems } from "./swap/swap-problems.ts";
import { tableName, targetColumns } from "./target-columns.ts";

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
}

const PRIVILEGES: Record<LoadStrategy["strategy"], readonly string[]> = {
  append: ["INSERT"],
  upsert: ["SELECT", "INSERT", "UPDATE"],
  "delete-insert": ["SELECT", "INSERT", "DELETE"],
  replace: ["SELECT", "INSERT", "DELETE"],
  "apply-changes": ["SELECT", "INSERT", "UPDATE", "DELETE"],
};

/**
 * Looks before a byte is read whether the target is what the operator takes it for.
 * Raises FatalError PREFLIGHT with all problems: no such table, missing columns, other types, no unique index on a
 * key, columns that are no sequence or mark of changes, missing privileges.
 */
export async function preflight(sql: Sql, table: AnyPgTable, load: LoadStrategy): Promise<void> {
  const problems = await findProblems(sql, table, load);
  if (problems.length === 0) return;
  throw new FatalError("PREFLIGHT", `${tableName(table)} is not ready to be loaded: ${problems.join("; ")}`, {
    fix: "Bring the database and the drizzle table together, e.g. by running the migrations",
    details: { problems },
  });
}

async function findProblems(sql: Sql, table: AnyPgTable, load: LoadStrategy): Promise<string[]> {
  const { schema } = getTableConfig(table);
  const [found] = await sql<{ oid: string | null }[]>`
    SELECT to_regclass(${schema === undefined ? quoteName(getTableName(table)) : `${quoteName(schema)}.${quoteName(getTableName(table))}`})::oid::text AS oid`;
  const oid = found?.oid;
  if (!oid) return ["the table does not exist"];
  const problems: string[] = [];

  const present = await sql<ColumnRow[]>`
    SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS "notNull" FROM pg_attribute
    WHERE attrelid = ${oid}::oid AND attnum > 0 AND NOT attisdropped`;
  const types = new Map(present.map(({ name, type }) => [name, type]));
  for (const column of targetColumns(table)) {
    const actual = types.get(column.name);
    if (actual === undefined) {
      problems.push(`column "${column.name}" (${column.sqlType}) is missing`);
      continue;
    }
    const declared = column.sqlType.replace(/^(small|big)?serial$/, (_, size: string | undefined) =>
      size ? `${size}int` : "integer",
    );
    // The server itself says what the declared type is called; a type that it does not know is left to the load.
    const [known] = await sql<{ type: string | null }[]>`SELECT format_type(to_regtype(${declared}), NULL) AS type`;
    if (known?.type && known.type !== "???" && known.type !== "-" && known.type !== actual) {
      problems.push(`column "${column.name}" is ${actual}, and ${known.type} in the drizzle table`);
    }
  }

  if (load.strategy === "apply-changes") {
    problems.push(
      ...changesProblems(load, (name) => present.some((column) => column.name === name && !column.notNull)),
    );
  }
  if (load.strategy === "upsert" || load.strategy === "apply-changes") {
    const key = load.key.map(({ name }) => name);
    const [index] = await sql`
      SELECT 1 FROM pg_index i WHERE i.indrelid = ${oid}::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) = ${key.toSorted()}::text[]`;
    if (!index)
      problems.push(
        `no unique index on (${key.join(", ")}), which ${load.strategy === "upsert" ? "the upsert" : "applyChanges"} needs`,
      );
  }
  if (load.strategy === "replace" && load.swap) problems.push(...(await swapProblems(sql, oid)));
  for (const privilege of PRIVILEGES[load.strategy]) {
    const [has] = await sql<{ has: boolean }[]>`SELECT has_table_privilege(${oid}::oid, ${privilege}) AS has`;
    if (!has?.has) problems.push(`${privilege} is not granted to this role`);
  }
  return problems;
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
