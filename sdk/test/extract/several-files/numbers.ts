import { append, csv, defineOperator, text, upsert, type LoadOperator } from "@millrace/sdk";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { z } from "zod";

const numbers = pgTable("numbers", { n: integer("n").notNull() });

/** Without a key for `append`: a row that is loaded twice is there twice. */
export const NUMBERS = "CREATE TABLE numbers (n int NOT NULL)";
export const NUMBERS_INDEX = "CREATE UNIQUE INDEX ON numbers (n)";

/** Loads the numbers of all files, and tells of each that it takes. */
export function numbersOperator(path: string, strategy: string, take: (n: number) => void): LoadOperator {
  return defineOperator({
    name: "numbers",
    extract: () => csv(path),
    record: z.object({ n: text.integer() }),
    transform: (record) => {
      take(Number(record.n));
      return record;
    },
    target: numbers,
    load: strategy === "append" ? append() : upsert({ key: numbers.n }),
    chunks: { maxRows: 1_000 },
  });
}
