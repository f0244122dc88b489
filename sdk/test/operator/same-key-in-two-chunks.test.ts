import { append } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { bytesOrdersOperator, csvFolder, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

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
