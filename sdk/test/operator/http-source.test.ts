import { defineOperator, deleteInsert, http, replace, staticPartitions, upsert, append, text } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { apiServer, IMPATIENT, json } from "../extract/http/api-server.ts";
import { orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const record = z.object({
  id: z.number().int(),
  day: text.date(),
  amount: z.union([z.number(), z.string(), z.bigint()]).transform(String),
});

test("C22: an API comes into a table, what it got wrong as dead letters with their place and every digit", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  let failing = true;
  await using server = await apiServer((_, response, url) => {
    const page = Number(url.searchParams.get("page"));
    failing = !failing;
    if (failing) return void response.writeHead(502).end();
    const pages = [
      '[{"id":1,"day":"2024-01-01","amount":1234567890.12}]',
      '[{"id":2,"day":"soon","amount":9007199254740993},7]',
    ];
    json(response, pages[page - 1] ?? "[]");
  });
  const operator = defineOperator({
    name: "api_orders",
    extract: ({ log }) => http({ url: server.url, pagination: { kind: "page" }, retry: IMPATIENT, log }),
    record,
    transform: (order) => ({ ...order, note: null }),
    target: orders,
    load: upsert({ key: orders.id }),
    rejects: { maxRatio: 1 },
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url });
  expect(materializations[0]?.metadata).toMatchObject({
    read: 3,
    inserted: 1,
    rejected: 2,
    "dagster/uri": `${server.url}/`,
  });
  expect(await database.rows()).toEqual(["1 2024-01-01 1234567890.12"]);
  expect(await database.sql`SELECT code, record::text, source FROM millrace.dead_letters ORDER BY code DESC`).toEqual([
    { code: "SCHEMA", record: '{"id":2,"day":"soon","amount":"9007199254740993"}', source: `${server.url}/?page=2#/0` },
    { code: "JSON_RECORD", record: '"7"', source: `${server.url}/?page=2#/1` },
  ]);
  // Everything again: nobody knows whether the API still says the same.
  const again = await runOperator(operator, { databaseUrl: database.url });
  expect(again.materializations[0]?.metadata).toMatchObject({ read: 3, unchanged: 1, rejected: 2 });
});

test.for([
  ["replace", replace()],
  ["delete-insert", deleteInsert({ partitionBy: orders.note })],
] as const)("the rows that the server refuses are found with an API as with a file: %s", async ([, load]) => {
  await using database = await ordersDatabase(", CHECK (amount > 0)");
  await using server = await apiServer((_, response) =>
    json(
      response,
      Array.from({ length: 3000 }, (_item, id) => ({ id, day: "2024-01-01", amount: id === 7 ? -1 : 1 })),
    ),
  );
  const operator = defineOperator({
    name: "api_orders",
    partitions: staticPartitions(["x"]),
    extract: () => http({ url: server.url, retry: IMPATIENT }),
    record,
    transform: (order) => ({ ...order, note: "x" }),
    target: orders,
    load,
  });
  const { materializations } = await runOperator(operator, { databaseUrl: database.url, partitions: ["x"] });
  expect(materializations[0]?.metadata).toMatchObject({ read: 3000, inserted: 2999, rejected: 1 });
});

test("an append of an API that gives its records again is refused", async () => {
  await using database = await ordersDatabase();
  await using server = await apiServer((_, response) => json(response, [{ id: 1, day: "2024-01-01", amount: 1 }]));
  const operator = defineOperator({
    name: "api_orders",
    extract: () => http({ url: server.url }),
    record,
    transform: (order) => ({ ...order, note: null }),
    target: orders,
    load: append(),
  });
  await runOperator(operator, { databaseUrl: database.url });
  await expect(runOperator(operator, { databaseUrl: database.url })).rejects.toThrow("[SOURCE_CHANGED]");
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00"]);
});

test("C1, C24: an incremental API that fails on its way goes on behind what was committed, and then reads only what is new", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const all = Array.from({ length: 5 }, (_item, id) => ({
    id,
    day: "2024-01-01",
    amount: 1,
    at: `2024-01-0${id + 1}T00:00:00Z`,
  }));
  let failing = true;
  await using server = await apiServer((_, response, url) => {
    const from = Number(url.searchParams.get("offset") ?? 0);
    if (failing && from === 3) return void response.writeHead(404).end();
    const items = all.filter(({ at }) => at >= (url.searchParams.get("since") ?? ""));
    const following = new URLSearchParams(url.searchParams);
    following.set("offset", String(from + 1));
    const next = from + 1 < items.length ? { link: `<?${following}>; rel=next` } : undefined;
    json(response, items.slice(from, from + 1), next);
  });
  const operator = defineOperator({
    name: "api_orders",
    extract: () =>
      http({
        url: server.url,
        pagination: { kind: "link" },
        since: { parameter: "since", field: "at", lagMs: 0 },
        retry: IMPATIENT,
      }),
    record,
    transform: ({ id, day, amount }) => ({ id, day, amount, note: null }),
    target: orders,
    load: upsert({ key: orders.id }),
    chunks: { maxRows: 1 },
  });
  const run = async () => await runOperator(operator, { databaseUrl: database.url });
  await expect(run()).rejects.toThrow("[HTTP_STATUS]");
  expect((await database.rows()).length).toBeGreaterThan(0);

  failing = false;
  server.requests.length = 0;
  expect((await run()).materializations[0]?.metadata).toMatchObject({ read: 5, inserted: 5, start: "resume" });
  expect(server.requests).not.toContain("/");
  expect((await database.rows()).length).toBe(5);

  all.push({ id: 9, day: "2024-01-01", amount: 2, at: "2024-02-01T00:00:00Z" });
  server.requests.length = 0;
  expect((await run()).materializations[0]?.metadata).toMatchObject({ read: 2, inserted: 1, unchanged: 1 });
  expect(server.requests[0]).toBe("/?since=2024-01-05T00%3A00%3A00Z");
});
