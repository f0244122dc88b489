import { append, deleteInsert, replace, upsert, type ColumnOf, type LoadStrategy } from "@millrace/sdk";
import { z } from "zod";

const column = z.string().min(1);

/** How rows come into a table, as text says it; flat, beside the other fields of an operator's config. */
export const loadFields = {
  load: z
    .enum(["append", "upsert", "delete_insert", "replace"])
    .describe("How rows come into the table: see the load strategies in docs/patterns.md"),
  key: z.array(column).min(1).optional().describe("`upsert`: the columns of a unique index"),
  hash: column.optional().describe("`upsert`: a nullable text column in which a hash of each row is kept"),
  orderBy: column.optional().describe("`upsert`: the column that says which version of a row is newer"),
  partitionBy: column.optional().describe("`delete_insert`: the column that says to which partition a row belongs"),
  minRows: z.int().min(0).optional().describe("`replace`: fewer rows fail the run. Default 1"),
  maxShrink: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("`replace`: the share of the rows that may vanish. Default 0.5"),
  swap: z.boolean().optional().describe("`replace`: build a new table and rename it"),
} as const;

export type LoadConfig = z.output<z.ZodObject<typeof loadFields>>;

/** The fields that each strategy takes, those that it needs first. */
const FIELDS: Record<LoadConfig["load"], { readonly needs: readonly Field[]; readonly takes: readonly Field[] }> = {
  append: { needs: [], takes: [] },
  upsert: { needs: ["key"], takes: ["key", "hash", "orderBy"] },
  delete_insert: { needs: ["partitionBy"], takes: ["partitionBy"] },
  replace: { needs: [], takes: ["minRows", "maxShrink", "swap"] },
};
type Field = Exclude<keyof LoadConfig, "load">;

/** Adds what is wrong between a strategy and the fields beside it. */
export function checkLoad(config: LoadConfig, context: z.core.$RefinementCtx): void {
  const { needs, takes } = FIELDS[config.load];
  const issue = (field: Field, message: string) =>
    context.addIssue({ code: "custom", path: [field], message, input: config[field] });
  for (const field of needs) if (config[field] === undefined) issue(field, `load: ${config.load} needs it`);
  for (const field of Object.keys(loadFields) as (keyof LoadConfig)[]) {
    if (field === "load" || takes.includes(field) || config[field] === undefined) continue;
    issue(field, `load: ${config.load} does not take it`);
  }
}

/** The strategy; `columnOf` finds a column by its name. */
export function buildLoad(config: LoadConfig, columnOf: (name: string) => ColumnOf<string>): LoadStrategy {
  const { key = [], hash, orderBy, partitionBy = "", minRows, maxShrink, swap } = config;
  switch (config.load) {
    case "append":
      return append();
    case "upsert":
      return upsert({
        key: key.map(columnOf) as [ColumnOf<string>],
        ...(hash !== undefined && { hash: columnOf(hash) }),
        ...(orderBy !== undefined && { orderBy: columnOf(orderBy) }),
      });
    case "delete_insert":
      return deleteInsert({ partitionBy: columnOf(partitionBy) });
    case "replace":
      return replace({
        ...(minRows !== undefined && { minRows }),
        ...(maxShrink !== undefined && { maxShrink }),
        ...(swap !== undefined && { swap }),
      });
  }
}
