import { ascending, watermark } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { tableToTable } from "../table-to-table.ts";
import { loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { sourceFields } from "./source-config.ts";
import { checkTable, namedTable, tableFields } from "./table-config.ts";

export const tableToTableKind = operatorKind({
  kind: "table_to_table",
  description: "Loads a table of any PostgreSQL into one of the target: all of it, a partition, or what is new.",
  config: z
    .strictObject({
      ...sourceFields,
      ...tableFields,
      sourceColumns: z.array(z.string()).min(1).optional().describe("The source's columns. Default: all"),
      where: z.string().min(1).optional().describe("A condition in SQL on the source's rows"),
      partitionColumn: z.string().optional().describe("The source's column that says to which partition a row belongs"),
      watermark: z.string().optional().describe("The source's column of times that says when a row was changed"),
      ascending: z.string().optional().describe("The source's column of numbers that grow, such as an identity"),
      lag: z.string().optional().describe("How far back `watermark` reads again. Default `5 minutes`"),
      horizon: z.boolean().optional().describe("Waits for what is still to be committed. Default true"),
      sourceKey: z.array(z.string()).min(1).optional().describe("The source's key. Default: its primary key"),
    })
    .superRefine(checkLoad)
    .superRefine(checkTable)
    .superRefine((config, context) => {
      if (config.watermark === undefined || config.ascending === undefined) return;
      const message = "one of watermark and ascending, not both";
      context.addIssue({ code: "custom", path: ["ascending"], message, input: config.ascending });
    }),
  table: namedTable,
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const { database, source, sourceColumns, where, partitionColumn, lag, horizon, sourceKey, fields } = config;
    const more = { ...(horizon !== undefined && { horizon }) };
    const order =
      config.watermark !== undefined
        ? watermark(config.watermark, { ...more, ...(lag !== undefined && { lag }) })
        : config.ascending !== undefined
          ? ascending(config.ascending, more)
          : undefined;
    return tableToTable({
      ...options,
      ...loadedChecks(config.checks, target),
      database,
      source,
      target: table,
      load: buildLoad(config, column),
      fields,
      partitionColumn,
      ...(sourceColumns !== undefined && { columns: sourceColumns }),
      ...(sourceKey !== undefined && { key: sourceKey }),
      ...(where !== undefined && { where: sql.raw(where) }),
      ...(order !== undefined && { watermark: order }),
    });
  },
});
