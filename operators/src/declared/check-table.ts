import { z } from "zod";
import { checkTable } from "../checks/check-table.ts";
import { checkName, tableCheck } from "../checks/table-check.ts";
import { operatorKind } from "./kind.ts";

export const checkTableKind = operatorKind({
  kind: "check_table",
  description:
    "Checks a table that others load; each check is one of the scheduler's, with the first rows that are wrong.",
  config: z
    .strictObject({
      table: z.string().min(1).describe('The table: `orders`, `sales.orders`, `"My Schema"."Orders"`'),
      where: z
        .string()
        .optional()
        .describe("A condition on the rows that are looked at; may have :partition and the like"),
      checks: z
        .array(tableCheck)
        .min(1)
        .describe(
          "row_count (min, max), not_null (columns), unique (columns), freshness (column, maxAgeMinutes), accepted_values (column, values), references (column, table, to), sql (name, query); each with severity",
        ),
      failRun: z.boolean().optional().describe("Whether a failed check of severity error fails the run. Default true"),
    })
    .superRefine(({ checks }, context) => {
      const names = checks.map(checkName);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        const message = `a check "${name}" was there before: give it a name`;
        context.addIssue({ code: "custom", path: ["checks", index], message, input: checks[index] });
      }
    }),
  table: ({ table: name }) => ({ name, columns: undefined, createTable: false }),
  create: ({ options, config: { checks, where, failRun }, target: { table } }) =>
    checkTable({ ...options, table, checks, where, failRun }),
});
