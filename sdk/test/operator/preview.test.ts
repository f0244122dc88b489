import { append, csv, defineOperator, tableRecord } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const base = {
  name: "orders",
  config: z.object({ file: z.string() }),
  extract: ({ config }: { readonly config: { readonly file: string } }) => csv(config.file),
  target: orders,
  load: append(),
  text: "replace",
} as const;

test.for([
  ["bytes", defineOperator({ ...base, record: tableRecord(orders) })],
  [
    "objects",
    defineOperator({
      ...base,
      record: tableRecord(orders),
      transform: (row) => ({ ...row, note: row.note === "half" ? "\ud83d" : (row.note ?? null) }),
    }),
  ],
] as const)(
  "C20: a preview shows of a text what every scheduler can store, and no more than a part of a long one (%s)",
  async ([, operator]) => {
    await using database = await ordersDatabase();
    const folder = await csvFolder({
      "a.csv": `id,day,amount,note\n1,2024-01-01,1.00,nul\0\n2,2024-01-01,1.00,half\n3,2024-01-01,1.00,${"long".repeat(1000)}\n`,
    });
    const { materializations } = await runOperator(operator, {
      databaseUrl: database.url,
      config: { file: `${folder}/a.csv` },
    });
    const shown = JSON.stringify(materializations[0]!.metadata["preview"]);
    // Also what is kept, to be reported again should the scheduler not have heard it.
    const [kept] = await database.sql`SELECT (report -> 'sample')::text AS sample FROM millrace.runs`;
    for (const text of [shown, kept!["sample"] as string]) {
      expect(text).toContain("nul\ufffd");
      expect(text).not.toMatch(/\\u0000|\\ud83d/i);
      expect(text).toContain("longlong");
      expect(text.length).toBeLessThan(2000);
    }
  },
);
