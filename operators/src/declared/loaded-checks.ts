import { noRows, type Check } from "@millrace/sdk";
import { getTableConfig } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { DeclaredTarget } from "./kind.ts";
import { partitionParameters } from "../sql/sql-file.ts";
import { wrongRows } from "../checks/check-query.ts";
import { checkName, describeCheck, tableCheck, type TableCheck } from "../checks/table-check.ts";

/** Checks as a declaration has them, each under a name of its own. */
export const tableChecks = z.array(tableCheck).superRefine((checks, context) => {
  const names = checks.map(checkName);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const message = `a check "${name}" was there before: give it a name`;
    context.addIssue({ code: "custom", path: [index], message, input: checks[index] });
  }
});

export const CHECKS =
  "row_count (min, max), not_null (columns), unique (columns), freshness (column, maxAgeMinutes), accepted_values (column, values), references (column, table, to), sql (name, query); each with severity";

/** Of an operator that loads a table: what its rows are to be like. */
export const checksField = {
  checks: tableChecks
    .optional()
    .describe(
      `Made once the rows are there, of the partition's where each belongs to one, and told of the asset: ${CHECKS}`,
    ),
} as const;

/** The checks of the rows that an operator has loaded. Raises FatalError COLUMN_MISSING. */
export function loadedChecks(
  checks: readonly TableCheck[] | undefined,
  { table, column }: DeclaredTarget,
): { readonly checks?: readonly Check<never>[] } {
  if (checks === undefined) return {};
  const { name } = getTableConfig(table);
  return {
    checks: checks.map((check) => {
      const named = "columns" in check ? check.columns : "column" in check ? [check.column] : [];
      for (const one of named) column(one);
      return noRows({
        name: checkName(check),
        description: describeCheck(check, name),
        severity: check.severity,
        query: ({ rows, partition }) => wrongRows(check, { table, rows, parameters: partitionParameters(partition) }),
      });
    }),
  };
}
