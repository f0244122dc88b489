import {
  defineOperator,
  parquet,
  type LoadOperator,
  type LoadStrategy,
  type ParquetOptions,
  type Partition,
  type TableRecordOptions,
} from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { partitionPath } from "./paths/partition-path.ts";
import { jsonTableRecord } from "./records/json-table-record.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface ParquetToTableOptions<Table extends AnyPgTable> extends TableOperatorOptions<Table> {
  /** A file, a folder or a glob, from the project's folder; may have `{partition}` in it. Config `path` overrides it. */
  readonly path: string;
  /** Names in the file, where they are not the columns' own; `a.b` for a field of a struct. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
  /** Columns to read; the others are not even read from the disk. Default: all. */
  readonly columns?: ParquetOptions["columns"] | undefined;
}

/** An operator that loads Parquet files into a table: what a column does not take is a dead letter (SCHEMA). */
export function parquetToTable<Table extends AnyPgTable>(options: ParquetToTableOptions<Table>): LoadOperator {
  const { path, target, load, fields, columns } = options;
  const table: AnyPgTable = target;
  return defineOperator({
    ...attributes(options as TableOperatorOptions<AnyPgTable>),
    config: z.object({ path: z.string().default(path).describe("Parquet files, from the project's folder") }),
    extract: ({ config, partition }: { config: { path: string }; partition?: Partition | null }) =>
      parquet(partitionPath(config.path, partition), columns === undefined ? {} : { columns }),
    record: jsonTableRecord(table, { fields: fields ?? {} } as TableRecordOptions<AnyPgTable>),
    target: table,
    load: load as LoadStrategy,
  });
}
