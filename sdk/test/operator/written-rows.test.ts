import { writeFile } from "node:fs/promises";
import { deleteInsert, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import {
  csvFolder,
  dailyOrdersOperator,
  hashedOrdersOperator,
  orders,
  ordersDatabase,
  ordersOperator,
  stopServer,
} from "./orders.ts";

afterAll(stopServer);

const ROWS = 60_000;
const DAY = "2024-01-01";
const file = (note: (id: number) => string) =>
  `id,day,amount,note\n${Array.from({ length: ROWS }, (_, id) => `${id},${DAY},1,${note(id)}\n`).join("")}`;

test.for([
  ["upsert", ordersOperator(upsert({ key: orders.id })), 3],
  ["upsert with a hash", hashedOrdersOperator, 3],
  ["replace", ordersOperator(replace()), 1],
  ["delete-insert", dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })), 1],
] as const)(
  "a source of which a tenth has changed has a tenth of its rows written (%s)",
  async ([, operator, commits]) => {
    await using database = await ordersDatabase(", row_hash text, PRIMARY KEY (id)");
    const folder = await csvFolder({ [`${DAY}.csv`]: file(() => "as it was") });
    const daily = operator.name === "daily_orders";
    const load = () =>
      runOperator(operator, {
        databaseUrl: database.url,
        config: daily ? { folder } : { file: `${folder}/${DAY}.csv` },
        ...(daily && { partitions: [DAY] }),
      });
    await load();
    const [before] = await database.sql`SELECT pg_current_xact_id()::text AS xid`;
    await writeFile(
      `${folder}/${DAY}.csv`,
      file((id) => (id % 10 === 0 ? "changed" : "as it was")),
    );
    const { materializations } = await load();
    expect(materializations[0]?.metadata).toMatchObject({
      updated: ROWS / 10,
      unchanged: ROWS - ROWS / 10,
      inserted: 0,
    });
    // A row that is written anew has the transaction that did it.
    const [written] =
      await database.sql`SELECT count(*)::int AS n FROM orders WHERE xmin::text::bigint > ${before!["xid"]}::bigint`;
    expect(written!["n"]).toBe(ROWS / 10);
    const [run] = await database.sql`SELECT commits FROM millrace.runs ORDER BY epoch DESC LIMIT 1`;
    expect(run!["commits"]).toBe(commits);
  },
);
