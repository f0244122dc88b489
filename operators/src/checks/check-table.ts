import { FatalError, findWrongRows, reported, type RunOperator } from "@millrace/sdk";
import { getTableConfig, type AnyPgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { ownOperator } from "../own-operator.ts";
import { partitionParameters } from "../sql/sql-file.ts";
import type { OperatorOptions } from "../table-operator.ts";
import { wrongRows } from "./check-query.ts";
import { checkName, describeCheck, tableCheck, type TableCheckInput } from "./table-check.ts";

export interface CheckTableOptions extends OperatorOptions {
  /** A drizzle table. */
  readonly table: AnyPgTable;
  readonly checks: readonly TableCheckInput[];
  /** A condition on the rows that are looked at; may have `:partition`, `:partition_start`, `:partition_end`. */
  readonly where?: string | undefined;
  /** Whether a failed check of severity `error` fails the run, for schedulers that have no checks of their own. Default true. */
  readonly failRun?: boolean | undefined;
}

/**
 * An operator that checks a table that others load: each check is one of the scheduler's, with how many rows are wrong and the
 * first of them. Raises FatalError CHECKS_FAILED once all were made, COLUMN_MISSING, CHECK_SQL, SQL_PARAMETER.
 */
export function checkTable(options: CheckTableOptions): RunOperator {
  const { table, where, failRun = true } = options;
  const checks = options.checks.map((check) => tableCheck.parse(check));
  const { name } = getTableConfig(table);
  return ownOperator(options, {
    config: z.object({}),
    checks: checks.map((check) =>
      reported({ name: checkName(check), description: describeCheck(check, name), severity: check.severity }),
    ),
    run: async (context) => {
      const checked = { table, where, parameters: partitionParameters(context.partition) };
      const failed: string[] = [];
      for (const check of checks) {
        context.signal.throwIfAborted();
        const wrong = await findWrongRows(context.database, wrongRows(check, checked));
        const passed = wrong.count === 0;
        context.check({ name: checkName(check), passed, metadata: { check: check.check, ...wrong.metadata } });
        if (!passed && check.severity === "error") failed.push(`${checkName(check)} (${wrong.count})`);
      }
      context.metadata.add({ checks: checks.length, failed: failed.length });
      if (failed.length === 0 || !failRun) return;
      throw new FatalError(
        "CHECKS_FAILED",
        `${name} fails ${failed.length} of ${checks.length} checks: ${failed.join(", ")}`,
        {
          fix: "Look at each check's first wrong rows",
          details: { failed },
        },
      );
    },
  });
}
