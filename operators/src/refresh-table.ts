import { defineOperator, query, replace, type LoadOperator } from "@millrace/sdk";
import type { SQL } from "drizzle-orm";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface RefreshTableOptions<Table extends AnyPgTable> extends Omit<TableOperatorOptions<Table>, "load"> {
  /** A SELECT in the target's database; its columns are named as the target's. */
  readonly select: SQL;
  /** Fewer rows fail the run. Default 1. */
  readonly minRows?: number | undefined;
  /** The share of the rows that may vanish. Default 0.5. */
  readonly maxShrink?: number | undefined;
  /** Builds a new table and renames it. Default false. */
  readonly swap?: boolean | undefined;
}

/** An operator that makes a table's rows those of a query, in one transaction: a materialized view with guards. */
export function refreshTable<Table extends AnyPgTable>(options: RefreshTableOptions<Table>): LoadOperator {
  const { select, minRows, maxShrink, swap, target } = options;
  return defineOperator({
    ...attributes(options as unknown as TableOperatorOptions<AnyPgTable>),
    extract: () => query(select),
    target: target as AnyPgTable,
    load: replace({
      ...(minRows !== undefined && { minRows }),
      ...(maxShrink !== undefined && { maxShrink }),
      ...(swap !== undefined && { swap }),
    }),
  });
}
