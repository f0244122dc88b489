import { csv, defineOperator, tableRecord, type CsvOptions, type LoadStrategy, type LoadOperator } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";

export interface CsvToTableOptions<Table extends AnyPgTable> extends CsvOptions {
  /** Unique in the project; the asset's name in the scheduler. */
  readonly name: string;
  readonly description?: string;
  readonly group?: string;
  readonly dependsOn?: readonly string[];
  /** The file, from the project's folder; config `file` overrides it. */
  readonly file: string;
  /** A drizzle table whose columns are named as the file's. Fields without a column are left out. */
  readonly target: Table;
  readonly load: LoadStrategy<Table["_"]["name"]>;
}

/**
 * An operator that loads a CSV file into a table: each column's type says what its field must look like, and a field
 * that does not is a dead letter (SCHEMA). Its rows stay the bytes that they are in the file.
 */
export function csvToTable<Table extends AnyPgTable>(options: CsvToTableOptions<Table>): LoadOperator {
  const { name, description, group, dependsOn, file, target, load, ...format } = options;
  return defineOperator({
    name,
    ...(description !== undefined && { description }),
    ...(group !== undefined && { group }),
    ...(dependsOn !== undefined && { dependsOn }),
    config: z.object({
      file: z.string().default(file).describe("CSV file, from the project's folder; .gz is gunzipped"),
    }),
    extract: ({ config }) => csv(config.file, format),
    record: tableRecord(target as AnyPgTable),
    target: target as AnyPgTable,
    load: load as LoadStrategy,
  });
}
