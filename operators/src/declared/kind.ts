import type { ColumnOf, NewTable, Operator } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { z } from "zod";
import type { OperatorOptions, TableOperatorOptions } from "../table-operator.ts";

/** A ready-made operator as it is declared in `operators.yaml`. */
export interface OperatorKind<Config = unknown> {
  /** What `operator:` names: `csv_to_table`. */
  readonly kind: string;
  readonly description: string;
  /** What stands below `config:`. */
  readonly config: z.ZodType<Config>;
  /** The table that it writes, where it is one that is known by name. */
  readonly table?: (config: Config) => NamedTable;
  readonly create: (declared: Declared<Config>) => Operator;
}

export interface NamedTable {
  readonly name: string;
  /** What it has, where the declaration says. */
  readonly columns: NewTable | undefined;
  readonly createTable: boolean;
}

/** What an operator is made of. */
interface Declared<Config> {
  /** Name, description, partitions and what else all operators have. */
  readonly options: DeclaredOptions;
  readonly config: Config;
  readonly target: DeclaredTarget;
}

export type DeclaredOptions = OperatorOptions & Pick<TableOperatorOptions<AnyPgTable>, "rejects">;

/** The table, and what belongs to it by the names of its columns. */
export interface DeclaredTarget {
  readonly table: AnyPgTable;
  readonly column: (name: string) => ColumnOf<string>;
}

/** Lets TypeScript know a kind's config. */
export function operatorKind<Config>(kind: OperatorKind<Config>): OperatorKind {
  return kind as OperatorKind<unknown>;
}
