import { getTableColumns, getTableName, type Table } from "drizzle-orm";
import type { AnyPgColumn, AnyPgTable } from "drizzle-orm/pg-core";
import { tableName } from "../load/postgres/target-columns.ts";
import type { Target } from "./target.ts";

/** From which columns of other tables each column is made, by the properties of the target. */
export type Lineage<T extends AnyPgTable> = {
  readonly [Property in keyof T["$inferInsert"]]?: readonly AnyPgColumn[];
};

export type AnyLineage = Readonly<Record<string, readonly AnyPgColumn[] | undefined>>;

/** What of an operator matters here. */
interface Loader {
  readonly name: string;
  readonly targets: readonly Target[];
}

export interface ManifestLineage {
  readonly column: string;
  readonly from: readonly {
    /** The operator of this project that loads the table; null where none does, and the table's name is the asset's key. */
    readonly operator: string | null;
    readonly assetKey: readonly string[];
    readonly column: string;
  }[];
}

/** The lineage of an operator's columns, in terms of assets. `project` are the operators that may load the origins. */
export function describeLineage(
  operator: Loader & { readonly lineage: AnyLineage },
  project: readonly Loader[],
): ManifestLineage[] {
  const [target] = operator.targets;
  if (target === undefined) return [];
  const columns = getTableColumns(target.table);
  const loaders = new Map(
    project.flatMap(({ name, targets }) => targets.map(({ table }) => [tableName(table), name] as const)),
  );
  return Object.entries(operator.lineage).flatMap(([property, origins]) => {
    const column = columns[property]?.name;
    if (column === undefined || origins === undefined) return [];
    return [{ column, from: origins.map((origin) => describeOrigin(origin, loaders)) }];
  });
}

function describeOrigin(origin: AnyPgColumn, loaders: ReadonlyMap<string, string>): ManifestLineage["from"][number] {
  const table = origin.table as Table & AnyPgTable;
  const operator = loaders.get(tableName(table)) ?? null;
  return { operator, assetKey: [operator ?? getTableName(table)], column: origin.name };
}
