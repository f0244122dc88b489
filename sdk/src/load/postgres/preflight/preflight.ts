import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { FatalError } from "../../../errors/millrace-error.ts";
import type { LoadStrategy } from "../../strategy.ts";
import { changesProblems } from "../changes/changes-problems.ts";
import { swapProblems } from "../swap/swap-problems.ts";
import { quotedTable, tableName } from "../target-columns.ts";
import { columnProblems, presentColumns } from "./column-problems.ts";
import { dependantProblems } from "./dependant-problems.ts";
import { keyProblems } from "./key-problems.ts";
import { privilegeProblems } from "./privilege-problems.ts";

interface PreflightTarget {
  readonly table: AnyPgTable;
  readonly load: LoadStrategy;
}

/**
 * Looks before a byte is read whether the targets are what the operator takes them for.
 * Raises FatalError PREFLIGHT with all problems: no such table, missing columns, other types, columns that would stay empty,
 * no unique index on a key, columns that are no sequence or mark of changes, missing privileges, dependants that would suffer.
 */
export async function preflight(sql: Sql, targets: readonly PreflightTarget[]): Promise<void> {
  const messages: string[] = [];
  const all: string[] = [];
  for (const { table, load } of targets) {
    const problems = await findProblems(sql, table, load);
    if (problems.length > 0) messages.push(`${tableName(table)} is not ready to be loaded: ${problems.join("; ")}`);
    all.push(...problems);
  }
  if (all.length === 0) return;
  throw new FatalError("PREFLIGHT", messages.join(". "), {
    fix: "Bring the database and the drizzle table together, e.g. by running the migrations",
    details: { problems: all },
  });
}

const NO_TABLES: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
  S: "a sequence",
  c: "a type",
};

async function findProblems(sql: Sql, table: AnyPgTable, load: LoadStrategy): Promise<string[]> {
  const [found] = await sql<{ oid: string; kind: string }[]>`
    SELECT oid::text AS oid, relkind AS kind FROM pg_class WHERE oid = to_regclass(${quotedTable(table)})`;
  if (found === undefined) return ["the table does not exist"];
  const { oid, kind } = found;
  if (NO_TABLES[kind] !== undefined) return [`it is ${NO_TABLES[kind]}, and no table`];

  const present = await presentColumns(sql, oid);
  const problems = await columnProblems(sql, table, present);
  if (load.strategy === "apply-changes") {
    problems.push(
      ...changesProblems(load, (name) => present.some((column) => column.name === name && !column.notNull)),
    );
  }
  problems.push(...(await keyProblems(sql, oid, load)));
  problems.push(...(await dependantProblems(sql, { oid, table, load })));
  if (load.strategy === "replace" && load.swap) problems.push(...(await swapProblems(sql, oid)));
  problems.push(...(await privilegeProblems(sql, { oid, table, load })));
  return problems;
}
