import type { CsvOptions } from "@millrace/sdk";
import { z } from "zod";
import { csvToTable } from "../csv-to-table.ts";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { checkTable, filePath, namedTable, tableFields } from "./table-config.ts";

const format = {
  delimiter: z.string().optional().describe("One byte. Default `,`"),
  nullText: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Unquoted text that means null. Default `""`'),
  encoding: z.string().optional().describe("As the web names it: windows-1252, utf-16le, …. Default utf-8"),
  comment: z.string().optional().describe("One byte: a line that begins with it is left out"),
  skipLines: z.int().min(0).optional().describe("Lines to leave out ahead of the header. Default 0"),
  names: z.array(z.string()).optional().describe("Names for files that have no header line"),
  unclearNames: z
    .enum(["refuse", "number"])
    .optional()
    .describe("What to do about doubled or empty names. Default refuse"),
  maxRecordBytes: z.int().min(1).optional().describe("A row of more bytes is refused. Default 16 MiB"),
} as const;

export const csvToTableKind = operatorKind({
  kind: "csv_to_table",
  description: "Loads CSV files, plain, gzip or zstd. What a column does not take is a dead letter.",
  config: z
    .strictObject({
      path: filePath,
      ...tableFields,
      ...format,
    })
    .superRefine(checkLoad)
    .superRefine(checkTable),
  table: namedTable,
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const { path, fields } = config;
    const given = Object.keys(format).flatMap((name) => {
      const value = config[name as keyof typeof format];
      return value === undefined ? [] : [[name, value] as const];
    });
    return csvToTable({
      ...options,
      ...loadedChecks(config.checks, target),
      ...(Object.fromEntries(given) as CsvOptions),
      path,
      target: table,
      load: buildLoad(config, column),
      fields,
    });
  },
});
