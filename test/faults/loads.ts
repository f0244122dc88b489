import {
  append,
  applyChanges,
  csv,
  daily,
  defineOperator,
  deleteInsert,
  replace,
  tableRecord,
  upsert,
  type LoadOperator,
} from "@millrace/sdk";
import type { PostgresServer } from "@millrace/sdk/testing";
import { integer, numeric, pgTable, date, text as textColumn } from "drizzle-orm/pg-core";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";

/** Of what registers an attempt. */
export const BEGINS = "WITH before AS MATERIALIZED";

// Loads of the same few rows by each strategy, in this process, into a database of their own.
const ROWS = 3000;
const chunks = { maxRows: 500 };

const items = pgTable("items", {
  id: integer("id").notNull(),
  day: date("day").notNull(),
  amount: numeric("amount"),
  note: textColumn("note"),
  sequence: integer("sequence"),
});

export type Strategy = "append" | "upsert" | "delete-insert" | "replace" | "apply-changes";

export interface LoadedDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  readonly file: string;
  /** Raises unless the table has each row of the file once. */
  expectLoaded(): Promise<void>;
}

export interface OpenOptions {
  readonly strategy: Strategy;
  /** The target has half of the rows already, so that they are staged. */
  readonly filled?: boolean;
}

let databases = 0;

export async function openDatabase(
  server: PostgresServer,
  { strategy, filled = false }: OpenOptions,
): Promise<LoadedDatabase> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "millrace-faults-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  databases += 1;
  const url = await server.createDatabase(`loads_${databases}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  cleanUp.defer(() => sql.end());
  const key = strategy === "append" ? "" : ", UNIQUE (id)";
  await sql.unsafe(
    `CREATE TABLE items (id int NOT NULL, day date NOT NULL, amount numeric, note text, sequence int${key})`,
  );
  if (filled) await sql`INSERT INTO items SELECT id, '2024-01-01', 1, 'old', 0 FROM generate_series(0, ${ROWS / 2}) id`;
  const file = join(folder, "items.csv");
  const line = (id: number) => `${id},2024-01-01,${id / 4},note ${id},${id + 1}\n`;
  await writeFile(file, `id,day,amount,note,sequence\n${Array.from({ length: ROWS }, (_, id) => line(id)).join("")}`);
  const owned = cleanUp.move();
  return {
    url,
    sql,
    file,
    async expectLoaded() {
      const [found] = await sql<{ rows: number; ids: number; right: number }[]>`
        SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, (count(*) FILTER (WHERE note = 'note ' || id AND amount = id / 4.0))::int AS right FROM items`;
      if (found?.rows !== ROWS || found.ids !== ROWS || found.right !== ROWS)
        throw new Error(`not ${ROWS} rows: ${JSON.stringify(found)}`);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

export function loadOperator(
  strategy: Strategy,
  file: string,
  more: Partial<Pick<LoadOperator, "timeouts" | "rejects">> = {},
): LoadOperator {
  const base = {
    name: "items",
    extract: () => csv(file),
    record: tableRecord(items),
    target: items,
    chunks,
    ...more,
  } as const;
  switch (strategy) {
    case "append":
      return defineOperator({ ...base, load: append() });
    case "upsert":
      return defineOperator({ ...base, load: upsert({ key: items.id }) });
    case "replace":
      return defineOperator({ ...base, load: replace() });
    case "delete-insert":
      return defineOperator({
        ...base,
        partitions: daily({ start: "2024-01-01", end: "2024-01-02" }),
        load: deleteInsert({ partitionBy: items.day }),
      });
    case "apply-changes":
      return defineOperator({
        ...base,
        transform: (row) => ({ operation: "upsert" as const, row: { ...row, sequence: row.sequence! } }),
        load: applyChanges({ key: items.id, sequence: items.sequence }),
      });
  }
}

const strategies: readonly Strategy[] = ["append", "upsert", "delete-insert", "replace", "apply-changes"];

/** Every strategy, into an empty target and, but for an append, into one with rows. */
export const variants: readonly Required<OpenOptions>[] = strategies.flatMap((strategy) =>
  [false, true].filter((filled) => !filled || strategy !== "append").map((filled) => ({ strategy, filled })),
);
