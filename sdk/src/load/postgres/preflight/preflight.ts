import type { AnyPgTable } from "drizzle-orm/pg-core";
import { FatalError } from "../../../errors/millrace-error.ts";
import type { LoadStrategy } from "../../strategy.ts";
import { changesProblems } from "../changes/changes-problems.ts";
import { swapProblems } from "../swap/swap-problems.ts";
import { quotedTable, tableName } from "../target-columns.ts";
import { columnProblems, knownTypes, presentColumns } from "./column-problems.ts";
import { dependantProblems } from "./dependant-problems.ts";
import { keyProblems } from "./key-problems.ts";
import { privilegeProblems } from "./privilege-problems.ts";
import type { Questions } from "./questions.ts";

interface PreflightTarget {
  readonly table: AnyPgTable;
  readonly load: LoadStrategy;
}

/**
 * Looks before a byte is read whether the targets are what the operator takes them for.
 * Raises FatalError PREFLIGHT with all problems: no such table, missing columns, other types, columns that would stay empty,
 * no unique index on a key, columns that are no sequence or mark of changes, missing privileges, dependants that would suffer.
 */
export async function preflight(client: Questions, targets: readonly PreflightTarget[]): Promise<void> {
  const found = await Promise.all(
    targets.map(async ({ table, load }) => ({ table, problems: await findProblems(client, table, load) })),
  );
  const unready = found.filter(({ problems }) => problems.length > 0);
  if (unready.length === 0) return;
  const messages = unready.map(
    ({ table, problems }) => `${tableName(table)} is not ready to be loaded: ${problems.join("; ")}`,
  );
  throw new FatalError("PREFLIGHT", messages.join(". "), {
    fix: "Bring the database and the drizzle table together, e.g. by running the migrations",
    details: { problems: unready.flatMap(({ problems }) => problems) },
  });
}

const NO_TABLES: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
  S: "a sequence",
  c: "a type",
};

async function findProblems(client: Questions, table: AnyPgTable, load: LoadStrategy): Promise<string[]> {
  const named = quotedTable(table);
  // In one round trip; without a table the others are answered by nothing.
  const [found, known, present, ...others] = await Promise.all([
    client.query<{ oid: string; kind: string }>(
      "SELECT oid::text AS oid, relkind AS kind FROM pg_class WHERE oid = to_regclass($1)",
      [named],
    ),
    knownTypes(client, table),
    presentColumns(client, named),
    keyProblems(client, named, load),
    dependantProblems(client, { table, load }),
    privilegeProblems(client, { table, load }),
  ]);
  if (found.rows[0] === undefined) return ["the table does not exist"];
  const { oid, kind } = found.rows[0];
  if (NO_TABLES[kind] !== undefined) return [`it is ${NO_TABLES[kind]}, and no table`];

  if (load.strategy === "replace" && load.swap) others.push(await swapProblems(client, oid));
  const problems = columnProblems(table, present, known);
  if (load.strategy === "apply-changes") {
    problems.push(
      ...changesProblems(load, (name) => present.some((column) => column.name === name && !column.notNull)),
    );
  }
  return [...problems, ...others.flat()];
}
