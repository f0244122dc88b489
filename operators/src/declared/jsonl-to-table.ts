import { z } from "zod";
import { jsonlToTable } from "../jsonl-to-table.ts";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { checkTable, filePath, namedTable, tableFields } from "./table-config.ts";

export const jsonlToTableKind = operatorKind({
  kind: "jsonl_to_table",
  description: "Loads files of JSON Lines, plain, gzip or zstd. What a column does not take is a dead letter.",
  config: z
    .strictObject({
      path: filePath,
      ...tableFields,
      encoding: z.string().optional().describe("As the web names it: windows-1252, utf-16le, …. Default utf-8"),
      maxRecordBytes: z.int().min(1).optional().describe("A line of more bytes is a dead letter. Default 16 MiB"),
    })
    .superRefine(checkLoad)
    .superRefine(checkTable),
  table: namedTable,
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const { path, fields, encoding, maxRecordBytes } = config;
    return jsonlToTable({
      ...options,
      ...loadedChecks(config.checks, target),
      path,
      fields,
      target: table,
      load: buildLoad(config, column),
      ...(encoding !== undefined && { encoding }),
      ...(maxRecordBytes !== undefined && { maxRecordBytes }),
    });
  },
});
