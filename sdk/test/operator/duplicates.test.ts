import { upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, hashedOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const KEYS = 10_000;
const ROWS = 20_000;

/** Rows of a few bytes among some of kilobytes: PostgreSQL fills gaps in earlier pages with small ones. */
function sizes(): () => number {
  let state = 42;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
  return () => (random() < 0.02 ? 1500 + Math.floor(random() * 500) : Math.floor(random() * 100));
}

const size = sizes();
const lines = Array.from({ length: ROWS }, (_, line) => `${line >> 1},2024-01-01,${line},${"x".repeat(size())}\n`);
const last = new Map(lines.map((line, index) => [line.split(",")[0], index]));

test.for([
  ["objects", ordersOperator(upsert({ key: orders.id })), ", PRIMARY KEY (id)"],
  ["bytes with a hash", hashedOrdersOperator, ", row_hash text, PRIMARY KEY (id)"],
] as const)(
  "C7: of the rows with one key in a chunk the last one wins, whatever their sizes (%s)",
  async ([, operator, constraints]) => {
    await using database = await ordersDatabase(constraints);
    const folder = await csvFolder({ "a.csv": `id,day,amount,note\n${lines.join("")}` });
    const run = async () =>
      (await runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` } }))
        .materializations[0]?.metadata;
    expect(await run()).toMatchObject({ read: ROWS, inserted: KEYS, superseded: ROWS - KEYS });
    const stored = await database.sql`SELECT id::text, amount::int FROM orders`;
    expect(new Map(stored.map(({ id, amount }) => [id as string, amount as number]))).toEqual(last);
    expect(await run()).toMatchObject({
      read: ROWS,
      inserted: 0,
      updated: 0,
      unchanged: KEYS,
      superseded: ROWS - KEYS,
    });
  },
);
