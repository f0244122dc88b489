import {
  databaseUrl,
  declaredTable,
  FatalError,
  findTable,
  type ColumnOf,
  type DeclaredOperator,
  type NewTable,
  type Operator,
} from "@millrace/sdk";
import { getTableColumns, getTableName, getTableUniqueName } from "drizzle-orm";
import { type AnyPgTable, type PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import { buildPartitions, declaration, type Declaration } from "./declaration.ts";
import type { DeclaredOptions, DeclaredTarget, OperatorKind } from "./kind.ts";
import { kinds } from "./kinds.ts";
import { YamlFile } from "./yaml-file.ts";

const FILE = z.strictObject({ directory: z.string().min(1).optional(), operators: z.array(z.unknown()) });

/**
 * The operators that a text declares, in its order: `operators:` and a list. They know their tables once they are opened.
 * Raises FatalError DECLARED_INVALID with all problems, each with its line and path.
 */
export function readDeclared(text: string, name: string): DeclaredOperator[] {
  const yaml = new YamlFile(text, name);
  const parsed = FILE.safeParse(yaml.value);
  if (!parsed.success) throw yaml.error(yaml.problems([], parsed.error.issues));
  const problems: string[] = [];
  const declared: DeclaredOperator[] = [];
  const names = new Set<string>();
  for (const [index, value] of parsed.data.operators.entries()) {
    const path = ["operators", index];
    const one = declaration.safeParse(value);
    if (!one.success) {
      problems.push(...yaml.problems(path, one.error.issues));
      continue;
    }
    if (names.has(one.data.name))
      problems.push(yaml.problem([...path, "name"], `"${one.data.name}" was declared before`));
    names.add(one.data.name);
    const kind = kinds.get(one.data.operator);
    if (kind === undefined) {
      const message = `there is no operator "${one.data.operator}" among ${[...kinds.keys()].join(", ")}`;
      problems.push(yaml.problem([...path, "operator"], message));
      continue;
    }
    const config = kind.config.safeParse(one.data.config);
    if (!config.success) {
      problems.push(...yaml.problems([...path, "config"], config.error.issues));
      continue;
    }
    try {
      declared.push(inDirectory(declaredOperator(one.data, kind, config.data), parsed.data.directory));
    } catch (error) {
      // A schedule, a time zone, a retry that makes no sense.
      if (!(error instanceof TypeError || error instanceof FatalError)) throw error;
      problems.push(yaml.problem(path, error.message));
    }
  }
  if (problems.length > 0) throw yaml.error(problems);
  return declared;
}

/**
 * One of the operators that a text declares, as it can run. Raises what `readDeclared` raises, FatalError OPERATOR_UNKNOWN,
 * DATABASE_URL_MISSING, and what looking for its table raises.
 */
export async function openDeclared(text: string, file: string, name: string): Promise<Operator> {
  const found = readDeclared(text, file).find(({ operator }) => operator.name === name);
  if (found !== undefined) return await found.open(() => databaseUrl(process.env));
  throw new FatalError("OPERATOR_UNKNOWN", `There is no operator "${name}" in ${file}`);
}

function declaredOperator(given: Declaration, kind: OperatorKind, config: unknown): DeclaredOperator {
  const { operator: _kind, config: _config, partitions, ...attributes } = given;
  const { name } = attributes;
  const options = { ...attributes, partitions: partitions && buildPartitions(partitions) } as DeclaredOptions;
  const named = kind.table?.(config);
  const create = (target: DeclaredTarget) => kind.create({ options, config, target });
  return {
    operator: create(unopened(named?.name ?? name, named?.columns)),
    content: JSON.stringify(given),
    open: async (url) => {
      if (named === undefined) return create(unopened(name, undefined));
      const missing = named.createTable && named.columns !== undefined ? { create: named.columns } : {};
      return create(opened(await findTable(named.name, { databaseUrl: url(), ...missing })));
    },
  };
}

/** Lets an operator's paths be from another folder than that of its declaration. */
function inDirectory(declared: DeclaredOperator, directory: string | undefined): DeclaredOperator {
  if (directory === undefined) return declared;
  return {
    ...declared,
    content: `${declared.content} ${directory}`,
    open: async (url) => {
      const operator = await declared.open(url);
      const from =
        <Context, Result>(work: (context: Context) => Result) =>
        (context: Context): Result => {
          process.chdir(directory);
          return work(context);
        };
      return operator.form === "load"
        ? { ...operator, extract: from(operator.extract) }
        : { ...operator, run: from(operator.run) };
    },
  };
}

/** What is known of a table before anybody has looked: its name, and the columns that are declared. */
function unopened(name: string, columns: NewTable | undefined): DeclaredTarget {
  const table = declaredTable(name, columns?.columns ?? []);
  return { table, column: (column) => declaredColumn(name, column) };
}

function declaredColumn(table: string, name: string): ColumnOf<string> {
  return columnsOf(declaredTable(table, [{ name, type: "text", notNull: false }]))[name]! as ColumnOf<string>;
}

function opened(table: AnyPgTable): DeclaredTarget {
  const found = columnsOf(table);
  const column = (name: string) => {
    if (Object.hasOwn(found, name)) return found[name]! as ColumnOf<string>;
    throw new FatalError(
      "COLUMN_MISSING",
      `The table ${getTableName(table)} has no column "${name}"; it has ${Object.keys(found).join(", ")}`,
      {
        fix: "Correct the name where the operator is declared",
        details: { table: getTableUniqueName(table), column: name },
      },
    );
  };
  return { table, column };
}

function columnsOf(table: AnyPgTable): Record<string, PgColumn> {
  return getTableColumns(table) as Record<string, PgColumn>;
}
