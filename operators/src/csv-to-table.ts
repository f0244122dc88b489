import {
  csv,
  defineOperator,
  tableRecord,
  type CsvOptions,
  type LoadStrategy,
  type LoadOperator,
  type Partition,
  type TableRecordOptions,
} from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { partitionPath } from "./paths/partition-path.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface CsvToTableOptions<Table extends AnyPgTable> extends TableOperatorOptions<Table>, CsvOptions {
  /** The file, from the project's folder; may have `{partition}` in it. Config `path` overrides it. */
  readonly path: string;
  /** Names in the file, where they are not the columns' own: `{ flightDate: "date" }`. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
}

/**
 * An operator that loads a CSV file into a table: each column's type says what its field must look like, and a field
 * that does not is a dead letter (SCHEMA). Its rows stay the bytes that they are in the file.
 */
export function csvToTable<Table extends AnyPgTable>(options: CsvToTableOptions<Table>): LoadOperator {
  const { path, target, load, fields } = options;
  const table: AnyPgTable = target;
  return defineOperator({
    ...attributes(options as TableOperatorOptions<AnyPgTable>),
    config: z.object({
      path: z.string().default(path).describe("CSV file, from the project's folder; .gz is gunzipped"),
    }),
    extract: ({ config, partition }: { config: { path: string }; partition?: Partition | null }) =>
      csv(partitionPath(config.path, partition), options),
    record: tableRecord(table, { fields: fields ?? {} } as TableRecordOptions<AnyPgTable>),
    target: table,
    load: load as LoadStrategy,
  });
}
