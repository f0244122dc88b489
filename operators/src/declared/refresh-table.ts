import { sql } from "drizzle-orm";
import { z } from "zod";
import { refreshTable } from "../refresh-table.ts";
import { checksField, loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";

export const refreshTableKind = operatorKind({
  kind: "refresh_table",
  description: "Makes a table's rows those of a query in its own database, in one transaction.",
  config: z.strictObject({
    table: z.string().min(1).describe("The table: `daily_sales`, `reports.daily_sales`"),
    select: z.string().min(1).describe("A SELECT whose columns are named as the table's"),
    minRows: z.int().min(0).optional().describe("Fewer rows fail the run. Default 1"),
    maxShrink: z.number().min(0).max(1).optional().describe("The share of the rows that may vanish. Default 0.5"),
    swap: z.boolean().optional().describe("Build a new table and rename it"),
    ...checksField,
  }),
  table: ({ table: name }) => ({ name, columns: undefined, createTable: false }),
  create: ({ options, config: { select, minRows, maxShrink, swap, checks }, target }) =>
    refreshTable({
      ...options,
      ...loadedChecks(checks, target),
      target: target.table,
      select: sql.raw(select),
      minRows,
      maxShrink,
      swap,
    }),
});
