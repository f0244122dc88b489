import { z } from "zod";
import { checkTable } from "../checks/check-table.ts";
import { CHECKS, tableChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";

export const checkTableKind = operatorKind({
  kind: "check_table",
  description:
    "Checks a table that others load; each check is one of the scheduler's, with the first rows that are wrong.",
  config: z.strictObject({
    table: z.string().min(1).describe('The table: `orders`, `sales.orders`, `"My Schema"."Orders"`'),
    where: z
      .string()
      .optional()
      .describe("A condition on the rows that are looked at; may have :partition and the like"),
    checks: tableChecks.min(1).describe(CHECKS),
    failRun: z.boolean().optional().describe("Whether a failed check of severity error fails the run. Default true"),
  }),
  table: ({ table: name }) => ({ name, columns: undefined, createTable: false }),
  create: ({ options, config: { checks, where, failRun }, target: { table } }) =>
    checkTable({ ...options, table, checks, where, failRun }),
});
