import type { NewTable } from "@millrace/sdk";
import { z } from "zod";
import { checksField } from "./loaded-checks.ts";
import { loadFields } from "../load/load-config.ts";
import type { NamedTable } from "./kind.ts";

export const filePath = z
  .string()
  .min(1)
  .describe(
    "A file, a folder or a glob, from the project's folder; may have {partition}, {year}, {month}, {day} in it",
  );

/** What the config of an operator that loads a table has beside its own fields. */
export const tableFields = {
  table: z.string().min(1).describe('The table: `orders`, `sales.orders`, `"My Schema"."Orders"`'),
  ...loadFields,
  createTable: z.boolean().default(false).describe("Create the table of `columns` where it is not there"),
  columns: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Columns with their SQL types, as `numeric(12,2) not null`; what the scheduler shows, and `createTable` creates",
    ),
  fields: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Names in the source by column, where they are not the columns' own; of JSON and Parquet also paths, as customer.id",
    ),
  ...checksField,
} as const;

type TableConfig = z.output<z.ZodObject<typeof tableFields>>;

/** Adds what is wrong between `createTable` and `columns`. */
export function checkTable({ createTable, columns }: TableConfig, context: z.core.$RefinementCtx): void {
  if (!createTable || columns !== undefined) return;
  context.addIssue({ code: "custom", path: ["columns"], message: "createTable: true needs them", input: columns });
}

/** The table that a config names. */
export function namedTable({ table: name, columns, createTable, key = [] }: TableConfig): NamedTable {
  return { name, columns: columns && newTable(columns, key), createTable };
}

function newTable(columns: Readonly<Record<string, string>>, primaryKey: readonly string[]): NewTable {
  return {
    primaryKey,
    columns: Object.entries(columns).map(([name, type]) => ({
      name,
      type: type.replace(/\s+not\s+null\s*$/i, "").trim(),
      notNull: /\snot\s+null\s*$/i.test(type) || primaryKey.includes(name),
    })),
  };
}
