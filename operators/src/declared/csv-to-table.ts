import { z } from "zod";
import { csvToTable } from "../csv-to-table.ts";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { operatorKind } from "./kind.ts";
import { checkTable, namedTable, tableFields } from "./table-config.ts";

export const csvToTableKind = operatorKind({
  kind: "csv_to_table",
  description: "Loads a CSV file, plain or gzipped, with a header. What a column does not take is a dead letter.",
  config: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .describe("The file, from the project's folder; may have {partition}, {year}, {month}, {day} in it"),
      ...tableFields,
      delimiter: z.string().optional().describe("One byte. Default `,`"),
      nullText: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .describe('Unquoted text that means null. Default `""`'),
    })
    .superRefine(checkLoad)
    .superRefine(checkTable),
  table: namedTable,
  create: ({ options, config, target: { table, column } }) => {
    const { path, fields, delimiter, nullText } = config;
    return csvToTable({
      ...options,
      path,
      target: table,
      load: buildLoad(config, column),
      fields,
      ...(delimiter !== undefined && { delimiter }),
      ...(nullText !== undefined && { nullText }),
    });
  },
});
