import { defineOperator, replication, type LoadOperator, type ReplicationOptions } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { changesInto, type ChangesOperatorOptions } from "./changes-into.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface ReplicateTableOptions<Table extends AnyPgTable>
  extends ChangesOperatorOptions<Table>, Omit<ReplicationOptions, "table"> {
  /** The environment variable that has the source's URL. */
  readonly database: string;
  /** The table to be replicated, as in SQL. */
  readonly source: string;
}

/** An operator that keeps a table the same as one of another PostgreSQL, by its logical replication: see `replication`. */
export function replicateTable<Table extends AnyPgTable>(options: ReplicateTableOptions<Table>): LoadOperator {
  const { database, source, slot, publication, snapshot, target } = options;
  const { load, transform } = changesInto(options);
  return defineOperator({
    ...attributes(options as unknown as TableOperatorOptions<AnyPgTable>),
    extract: () =>
      replication(database, { slot, publication, table: source, ...(snapshot !== undefined && { snapshot }) }),
    transform,
    target: target as AnyPgTable,
    load,
  });
}
