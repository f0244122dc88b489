import {
  defineOperator,
  http,
  type HttpOptions,
  type LoadStrategy,
  type LoadOperator,
  type OperatorContext,
  type Partition,
  type TableRecordOptions,
} from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { partitionUrl } from "./paths/partition-path.ts";
import { jsonTableRecord } from "./records/json-table-record.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface ApiToTableOptions<Table extends AnyPgTable> extends TableOperatorOptions<Table> {
  /** Where the records are; `url` and the values of `query` may have `{partition}` in them. Config `url` overrides it. */
  readonly source: Omit<HttpOptions, "log">;
  /** Paths in a record, where fields are not named as columns: `{ customerId: "customer.id" }`. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string } | undefined;
}

/**
 * An operator that loads the records of a JSON API into a table: each column's type says what its field must look like, and
 * a field that does not is a dead letter (SCHEMA).
 */
export function apiToTable<Table extends AnyPgTable>(options: ApiToTableOptions<Table>): LoadOperator {
  const { source, target, load, fields } = options;
  const table: AnyPgTable = target;
  return defineOperator({
    ...attributes(options as TableOperatorOptions<AnyPgTable>),
    config: z.object({ url: z.string().default(source.url).describe("The API's URL, http: or https:") }),
    extract: ({
      config,
      log,
      partition,
    }: OperatorContext<{ url: string }, undefined> & { partition?: Partition | null }) => {
      const query = Object.entries(source.query ?? {}).map(([name, value]) => [
        name,
        // Parameters are encoded when they are set.
        typeof value === "string" ? decodeURIComponent(partitionUrl(value, partition)) : value,
      ]);
      return http({ ...source, url: partitionUrl(config.url, partition), query: Object.fromEntries(query), log });
    },
    record: jsonTableRecord(table, { fields: fields ?? {} } as TableRecordOptions<AnyPgTable>),
    target: table,
    load: load as LoadStrategy,
  });
}
