import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { Change } from "../load/change.ts";
import type { ApplyChanges } from "../load/strategy.ts";

export type NameOf<Table extends AnyPgTable> = Table["_"]["name"];

type RowOf<Table extends AnyPgTable> = Table["$inferInsert"];
type PropertyOf<Table extends AnyPgTable, ColumnName> = {
  [Property in keyof Table["_"]["columns"]]: Table["_"]["columns"][Property]["_"]["name"] extends ColumnName
    ? Property
    : never;
}[keyof Table["_"]["columns"]] &
  keyof RowOf<Table>;

/** What a strategy takes for a table: changes for `applyChanges`, else rows. */
export type LoadedOf<Table extends AnyPgTable, Load> = [Load] extends [
  ApplyChanges<string, infer Key, infer Sequence, infer SoftDelete>,
]
  ? Change<RowOf<Table>, PropertyOf<Table, Key>, PropertyOf<Table, Sequence>, PropertyOf<Table, SoftDelete>>
  : RowOf<Table>;
