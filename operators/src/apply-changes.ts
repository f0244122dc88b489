import { defineOperator, type ChangeEvent, type LoadOperator, type RecordSource } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { changesInto, type ChangesOperatorOptions } from "./changes-into.ts";
import { attributes, type TableOperatorOptions } from "./table-operator.ts";

export interface ApplyChangesOptions<Table extends AnyPgTable, Raw> extends ChangesOperatorOptions<Table> {
  /** Where the changes are told of: files, a table, an API. */
  readonly source: () => RecordSource<Raw> | Promise<RecordSource<Raw>>;
  /** What a record tells: `debezium`, or `changeFields` with the names of its fields; null for nothing. */
  readonly event: (record: Raw) => ChangeEvent | null;
}

/** An operator that applies a stream of change events to a table, in whatever order they arrive and however often. */
export function applyChanges<Table extends AnyPgTable, Raw>(options: ApplyChangesOptions<Table, Raw>): LoadOperator {
  const { source, event, target } = options;
  const { load, transform } = changesInto(options);
  return defineOperator({
    ...attributes(options as unknown as TableOperatorOptions<AnyPgTable>),
    extract: () => source(),
    transform: (record: Raw) => transform(event(record)),
    target: target as AnyPgTable,
    load,
  });
}
