import { append } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import {
  bytesOrdersOperator,
  csvFolder,
  hashedOrdersOperator,
  ordersDatabase,
  ordersOperator,
  stopServer,
} from "./orders.ts";

afterAll(stopServer);

const ROWS = 100_000;

test.for([
  ["objects", ordersOperator(append())],
  ["bytes", bytesOrdersOperator],
] as const)("C26: chunks that are copied side by side never wait for each other's rows (%s)", async ([, operator]) => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  // Later rows in one chunk have the keys of the first ones in the next.
  const ids = Array.from({ length: ROWS }, (_, row) => (row % 25_000 > 24_000 ? row + 1000 : row));
  const folder = await csvFolder({
    "a.csv": `id,day,amount,note\n${ids.map((id) => `${id},2024-01-01,1,x\n`).join("")}`,
  });
  const { materializations } = await runOperator(operator, {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const distinct = new Set(ids).size;
  expect(materializations[0]?.metadata).toMatchObject({ read: ROWS, inserted: distinct, rejected: ROWS - distinct });
});

test.for([
  ["append", bytesOrdersOperator, ", PRIMARY KEY (id)", { inserted: 49_000, rejected: 1000 }],
  ["upsert", hashedOrdersOperator, ", row_hash text, PRIMARY KEY (id)", { inserted: 49_000, unchanged: 1000 }],
] as const)(
  "C26: a chunk that is lost before its commit does not wait for the rows of the next one (%s)",
  async ([, operator, columns, outcome]) => {
    await using database = await ordersDatabase(columns);
    // The second chunk begins with the last keys of the first one.
    const ids = Array.from({ length: 50_000 }, (_, row) => (row < 25_000 ? row : row - 1000));
    const folder = await csvFolder({
      "a.csv": `id,day,amount,note\n${ids.map((id) => `${id},2024-01-01,1,x\n`).join("")}`,
    });
    // Nobody gets his turn to commit while this is held.
    const holder = await database.sql.reserve();
    await holder`SELECT pg_advisory_lock(hashtextextended('millrace public.orders ', 0))`;
    const run = runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
    const waiting = async (kind: string) =>
      await holder`SELECT pid FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE NOT granted AND locktype = ${kind} AND datname = current_database()`;
    const until = async (kind: string) => {
      for (;;) {
        const [found] = await waiting(kind);
        if (found !== undefined) return found["pid"] as number;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const first = await until("advisory");
    await until("transactionid");
    await holder`SELECT pg_terminate_backend(${first})`;
    await until("advisory");
    await holder`SELECT pg_advisory_unlock_all()`;
    holder.release();
    const { materializations } = await run;
    expect(materializations[0]?.metadata).toMatchObject({ read: 50_000, ...outcome });
  },
);
