import { writeFile } from "node:fs/promises";
import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const columns = { id: integer("id").notNull(), note: text("note") };
const visits = pgTable("visits", columns);
const hashed = pgTable("visits", { ...columns, hash: text("hash") });

test.for([
  ["its values", visits, upsert({ key: visits.id })],
  ["its hash", hashed, upsert({ key: hashed.id, hash: hashed.hash })],
] as const)(
  "an upsert into a table that has partitions tells a row that is the same by %s",
  async ([, target, load]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(`CREATE TABLE visits (id int PRIMARY KEY, note text, hash text) PARTITION BY RANGE (id);
    CREATE TABLE visits_few PARTITION OF visits FOR VALUES FROM (0) TO (100);
    CREATE TABLE visits_more PARTITION OF visits FOR VALUES FROM (100) TO (200)`);
    const file = `${await csvFolder({})}/visits.csv`;
    const operator = defineOperator({
      name: "visits",
      record: tableRecord(target),
      target,
      rejects: { maxRatio: 1 },
      extract: () => csv(file),
      load,
    });
    const run = async (from: number, to: number, note: (id: number) => string) => {
      const lines = Array.from({ length: to - from }, (_, index) => `${from + index},${note(from + index)}`);
      await writeFile(file, `id,note\n${lines.join("\n")}\n`);
      const { materializations } = await runOperator(operator, { databaseUrl: database.url });
      return materializations[0]!.metadata;
    };
    expect(await run(50, 150, () => "a")).toMatchObject({ inserted: 100, rejected: 0 });
    expect(await run(60, 210, (id) => (id % 10 === 0 ? "b" : "a"))).toMatchObject({
      inserted: 50,
      updated: 9,
      unchanged: 81,
      rejected: 10,
    });
    expect(await database.sql`SELECT note, count(*)::int AS n FROM visits GROUP BY 1 ORDER BY 1`).toEqual([
      { note: "a", n: 136 },
      { note: "b", n: 14 },
    ]);
  },
);
