import { csv, defineOperator, tableRecord, text, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable, timestamp } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

// drizzle gives and takes a JavaScript Date for these, which has milliseconds.
const moments = pgTable("moments", {
  id: integer("id").primaryKey(),
  at: timestamp("at", { withTimezone: true, mode: "date" }).notNull(),
  local: timestamp("local", { mode: "date" }).notNull(),
});

const base = {
  name: "moments",
  config: z.object({ file: z.string() }),
  extract: ({ config }: { readonly config: { readonly file: string } }) => csv(config.file),
  target: moments,
  // Of two that are a microsecond apart the later one wins.
  load: upsert({ key: moments.id, orderBy: moments.at }),
} as const;

test.for([
  ["bytes", defineOperator({ ...base, record: tableRecord(moments) })],
  ["objects", defineOperator({ ...base, record: tableRecord(moments), transform: (row) => row })],
  [
    "a record schema",
    defineOperator({
      ...base,
      record: z.object({ id: text.integer(), at: text.timestamp(), local: z.string() }),
      // Times stay the text that they are.
      transform: (row) => row as never,
    }),
  ],
] as const)("C6: a column that drizzle has Dates for keeps microseconds (%s)", async ([, operator]) => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(
    "CREATE TABLE moments (id int PRIMARY KEY, at timestamptz NOT NULL, local timestamp NOT NULL)",
  );
  const folder = await csvFolder({
    "a.csv": `id,at,local
1,2024-03-31T01:59:59.123457Z,2024-03-31T02:30:00.000001
1,2024-03-31T01:59:59.123456Z,2024-03-31T02:30:00.000009
2,2024-03-31T01:59:59.999999+02:00,2024-12-31T23:59:59.999999
`,
  });
  await runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  expect([
    ...(await database.sql`SELECT id, (at AT TIME ZONE 'UTC')::text AS at, local::text FROM moments ORDER BY id`),
  ]).toEqual([
    { id: 1, at: "2024-03-31 01:59:59.123457", local: "2024-03-31 02:30:00.000001" },
    { id: 2, at: "2024-03-30 23:59:59.999999", local: "2024-12-31 23:59:59.999999" },
  ]);
});
