import { writeFile } from "node:fs/promises";
import {
  csv,
  daily,
  defineOperator,
  deleteInsert,
  replace,
  tableRecord,
  type LoadStrategy,
  type Operator,
} from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable, text, type PgColumnBuilderBase } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { csvFolder, ordersDatabase } from "./orders.ts";

export const two = { id: integer("id").notNull(), note: text("note") };

interface Target {
  readonly columns: Record<string, PgColumnBuilderBase>;
  readonly ddl: string;
}

interface Loaded extends AsyncDisposable {
  readonly sql: Sql;
  /** Loads lines of CSV, and returns what became of them: inserted, updated, unchanged, removed, rejected. */
  load(lines: readonly string[]): Promise<number[]>;
  rows(): Promise<string[]>;
}

/** A table "things", replaced by lines of CSV: all of it, or, where it has a column `day`, that of 2 January 2024. */
export async function openThings({ columns, ddl }: Target): Promise<Loaded> {
  const database = await ordersDatabase();
  await database.sql.unsafe(ddl);
  const table = pgTable("things", columns);
  const folder = await csvFolder({});
  const file = `${folder}/things.csv`;
  const shared = {
    name: "things",
    record: tableRecord(table),
    target: table,
    rejects: { maxRatio: 1 },
    extract: () => csv(file),
  } as const;
  const partitioned = "day" in columns;
  const operator: Operator = partitioned
    ? defineOperator({
        ...shared,
        partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
        load: deleteInsert({ partitionBy: table["day"]! }) as LoadStrategy<"things">,
      })
    : defineOperator({ ...shared, load: replace({ maxShrink: 1 }) as LoadStrategy<"things"> });
  return {
    sql: database.sql,
    async load(lines) {
      await writeFile(file, `${Object.keys(columns).join(",")}\n${lines.join("\n")}\n`);
      const { materializations } = await runOperator(operator, {
        databaseUrl: database.url,
        ...(partitioned && { partitions: ["2024-01-02"] }),
      });
      const { inserted, updated, unchanged, removed, rejected } = materializations[0]!.metadata as Record<
        string,
        number
      >;
      return [inserted!, updated!, unchanged!, removed!, rejected!];
    },
    rows: async () =>
      (await database.sql`SELECT t::text AS line FROM things t ORDER BY 1`).map(({ line }) => line as string),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
