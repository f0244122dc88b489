import {
  defineOperator,
  postgresTable,
  tableRecord,
  type LoadOperator,
  type LoadStrategy,
  type Partition,
  type PostgresTableOptions,
  type TableRecordOptions,
} from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface TableToTableOptions<Table extends AnyPgTable>
  extends TableOperatorOptions<Table>, Omit<PostgresTableOptions, "window"> {
  /** The environment variable that has the source's URL. */
  readonly database: string;
  /** The table or view to be read, as in SQL: `sales.orders`. */
  readonly source: string;
  /** Of an operator with partitions: the source's column that says to which one a row belongs. */
  readonly partitionColumn?: string | undefined;
  /** Names in the source, where they are not the columns' own. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
}

/**
 * An operator that loads a table of any PostgreSQL into one of the target: all of it, the rows of a partition, or with a
 * `watermark` what is new since the last run. Where the columns' types are the same, rows are copied as they are.
 */
export function tableToTable<Table extends AnyPgTable>(options: TableToTableOptions<Table>): LoadOperator {
  const { database, source, columns, watermark, key, where, partitionColumn, target, load, fields } = options;
  const table: AnyPgTable = target;
  return defineOperator({
    ...attributes(options as TableOperatorOptions<AnyPgTable>),
    extract: ({ partition }: { partition?: Partition }) =>
      postgresTable(database, source, {
        ...(columns !== undefined && { columns }),
        ...(watermark !== undefined && { watermark }),
        ...(key !== undefined && { key }),
        ...(where !== undefined && { where }),
        ...(partitionColumn !== undefined &&
          partition !== undefined && { window: { column: partitionColumn, partition } }),
      }),
    record: tableRecord(table, { fields: fields ?? {} } as TableRecordOptions<AnyPgTable>),
    target: table,
    load: load as LoadStrategy,
  });
}
