import { z } from "zod";

/** Where a table is that is read. */
export const sourceFields = {
  database: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, "the name of an environment variable, and not a URL")
    .describe("Environment variable that has the source's URL"),
  source: z.string().min(1).describe("The table or view to be read, as in SQL: `sales.orders`"),
} as const;
