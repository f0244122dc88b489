import { z } from "zod";

const column = z.string().min(1);
const common = {
  name: z
    .string()
    .regex(/^\w+$/, "letters, digits and _")
    .optional()
    .describe("Default: what is checked and of which columns"),
  severity: z
    .enum(["error", "warn"])
    .default("error")
    .describe("`error` fails the run and blocks what depends on the table, `warn` only shows"),
} as const;

/** One check of a table, as text says it. */
export const tableCheck = z.discriminatedUnion("check", [
  z.strictObject({
    check: z.literal("row_count"),
    min: z.int().min(0).default(1),
    max: z.int().min(0).optional(),
    ...common,
  }),
  z.strictObject({ check: z.literal("not_null"), columns: z.array(column).min(1), ...common }),
  z.strictObject({ check: z.literal("unique"), columns: z.array(column).min(1), ...common }),
  z.strictObject({ check: z.literal("freshness"), column, maxAgeMinutes: z.number().positive(), ...common }),
  z.strictObject({
    check: z.literal("accepted_values"),
    column,
    values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
    ...common,
  }),
  z.strictObject({ check: z.literal("references"), column, table: z.string().min(1), to: column, ...common }),
  z.strictObject({
    check: z.literal("sql"),
    ...common,
    name: z.string().regex(/^\w+$/, "letters, digits and _"),
    query: z
      .string()
      .min(1)
      .describe("A SELECT of the rows that are wrong; none is right. May have :partition and the like"),
  }),
]);

export type TableCheck = z.output<typeof tableCheck>;
/** As it is written: without what has a default. */
export type TableCheckInput = z.input<typeof tableCheck>;

export function checkName(check: TableCheck): string {
  if (check.name !== undefined) return check.name;
  const columns = "columns" in check ? check.columns : "column" in check ? [check.column] : [];
  return [check.check, ...columns].join("_").replaceAll(/\W/g, "_");
}

export function describeCheck(check: TableCheck, table: string): string {
  switch (check.check) {
    case "row_count":
      return `${table} has ${check.max === undefined ? `at least ${check.min}` : `from ${check.min} to ${check.max}`} rows`;
    case "not_null":
      return `No null in ${check.columns.join(", ")} of ${table}`;
    case "unique":
      return `No two rows of ${table} have the same ${check.columns.join(", ")}`;
    case "freshness":
      return `The newest ${check.column} of ${table} is no older than ${check.maxAgeMinutes} minutes`;
    case "accepted_values":
      return `${check.column} of ${table} is one of ${check.values.slice(0, 10).join(", ")}${check.values.length > 10 ? ", …" : ""}`;
    case "references":
      return `Each ${check.column} of ${table} is a ${check.to} of ${check.table}`;
    case "sql":
      return `A query about ${table} finds nothing wrong`;
  }
}
