import { z } from "zod";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { parquetToTable } from "../parquet-to-table.ts";
import { loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { checkTable, filePath, namedTable, tableFields } from "./table-config.ts";

export const parquetToTableKind = operatorKind({
  kind: "parquet_to_table",
  description: "Loads Parquet files. What a column does not take is a dead letter.",
  config: z
    .strictObject({ path: filePath, ...tableFields })
    .superRefine(checkLoad)
    .superRefine(checkTable),
  table: namedTable,
  create: ({ options, config, target }) =>
    parquetToTable({
      ...options,
      ...loadedChecks(config.checks, target),
      path: config.path,
      fields: config.fields,
      target: target.table,
      load: buildLoad(config, target.column),
    }),
});
