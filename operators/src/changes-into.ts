import { applyChanges, changesOf, type ColumnOf, type LoadStrategy, type ChangeEvent } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { OperatorOptions, TableOperatorOptions } from "./table-operator.ts";

export interface ChangesOperatorOptions<Table extends AnyPgTable>
  extends OperatorOptions, Pick<TableOperatorOptions<Table>, "target" | "rejects" | "checks"> {
  /** The column or columns of a unique index of the target. */
  readonly key:
    | ColumnOf<Table["_"]["name"]>
    | readonly [ColumnOf<Table["_"]["name"]>, ...ColumnOf<Table["_"]["name"]>[]];
  /** The column that keeps the sequence of a row's last change, such as `pg_lsn`. */
  readonly sequence: ColumnOf<Table["_"]["name"]>;
  /** A nullable timestamp column: deleted rows stay, and it says when. */
  readonly softDelete?: ColumnOf<Table["_"]["name"]> | undefined;
  /** Names at the source, where they are not the columns' own. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
}

/** A strategy, and the transform that makes changes for it. */
interface ChangesInto {
  readonly load: LoadStrategy;
  readonly transform: (event: ChangeEvent | null) => never;
}

/** How changes come into a target. */
export function changesInto<Table extends AnyPgTable>(options: ChangesOperatorOptions<Table>): ChangesInto {
  const { key, sequence, softDelete, fields, target } = options;
  const load = applyChanges<string, string, string, string>({
    key: key as ColumnOf<string>,
    sequence: sequence as ColumnOf<string>,
    ...(softDelete !== undefined && { softDelete: softDelete as ColumnOf<string> }),
  });
  const transform = changesOf(target as AnyPgTable, load, { fields: (fields ?? {}) as never });
  return { load, transform: transform as ChangesInto["transform"] };
}
