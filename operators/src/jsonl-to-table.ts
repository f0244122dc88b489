import {
  defineOperator,
  jsonl,
  type JsonlOptions,
  type LoadOperator,
  type LoadStrategy,
  type Partition,
  type TableRecordOptions,
} from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { partitionPath } from "./paths/partition-path.ts";
import { jsonTableRecord } from "./records/json-table-record.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface JsonlToTableOptions<Table extends AnyPgTable> extends TableOperatorOptions<Table>, JsonlOptions {
  /** A file, a folder or a glob, from the project's folder; may have `{partition}` in it. Config `path` overrides it. */
  readonly path: string;
  /** Paths in a record, where fields are not named as columns: `{ customerId: "customer.id" }`. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
}

/** An operator that loads JSON Lines into a table: what a column does not take is a dead letter (SCHEMA). */
export function jsonlToTable<Table extends AnyPgTable>(options: JsonlToTableOptions<Table>): LoadOperator {
  const { path, target, load, fields, encoding, maxRecordBytes } = options;
  const table: AnyPgTable = target;
  const format = {
    ...(encoding !== undefined && { encoding }),
    ...(maxRecordBytes !== undefined && { maxRecordBytes }),
  };
  return defineOperator({
    ...attributes(options as TableOperatorOptions<AnyPgTable>),
    config: z.object({ path: z.string().default(path).describe("JSON Lines files, from the project's folder") }),
    extract: ({ config, partition }: { config: { path: string }; partition?: Partition | null }) =>
      jsonl(partitionPath(config.path, partition), format),
    record: jsonTableRecord(table, { fields: fields ?? {} } as TableRecordOptions<AnyPgTable>),
    target: table,
    load: load as LoadStrategy,
  });
}
