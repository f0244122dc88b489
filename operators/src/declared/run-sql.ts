import { z } from "zod";
import { runSql } from "../sql/run-sql.ts";
import { operatorKind } from "./kind.ts";

export const runSqlKind = operatorKind({
  kind: "run_sql",
  description: "Runs the statements of an SQL file in one transaction, and reports how many rows each took.",
  config: z.strictObject({
    path: z.string().min(1).describe("The file, from the project's folder"),
    parameters: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, "letters, digits and _"),
        z.union([z.string(), z.number(), z.boolean(), z.null()]),
      )
      .optional()
      .describe("Values for :name in the statements; a partition adds :partition, :partition_start and :partition_end"),
  }),
  create: ({ options, config }) => runSql({ ...options, ...config }),
});
