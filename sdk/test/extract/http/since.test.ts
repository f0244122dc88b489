import { expect, test } from "vitest";
import { apiServer, json, readAll, type ApiServer } from "./api-server.ts";

interface Order {
  readonly id: number;
  readonly updated_at: string;
}

/** Serves the orders from `updated_since` on, by two, with a cursor; its clock is `now`. */
async function ordersApi(state: { orders: Order[]; now: string; failAt?: number }): Promise<ApiServer> {
  return await apiServer((_, response, url) => {
    const since = url.searchParams.get("updated_since") ?? "";
    const start = Number(url.searchParams.get("cursor") ?? 0);
    if (start === state.failAt) return void response.writeHead(404).end();
    const items = state.orders.filter(({ updated_at }) => updated_at >= since);
    const next = start + 2 < items.length ? String(start + 2) : null;
    json(response, { items: items.slice(start, start + 2), next }, { date: new Date(state.now).toUTCString() });
  });
}

const options = (server: ApiServer, lagMs = 60_000) => ({
  url: server.url,
  records: "items",
  pagination: { kind: "cursor", next: "next" } as const,
  since: { parameter: "updated_since", field: "updated_at", start: "2024-01-01T00:00:00Z", lagMs },
});
const order = (id: number, updated_at: string): Order => ({ id, updated_at });

test("the next run begins where the highest timestamp was, less the lag, microseconds kept", async () => {
  const state = {
    now: "2024-03-01T00:00:00Z",
    orders: [order(1, "2024-01-02T10:00:00.123456Z"), order(2, "2024-01-01T10:00:00Z")],
  };
  await using server = await ordersApi(state);
  const first = await readAll(options(server));
  expect(first.records.map(({ id }) => id)).toEqual([1, 2]);
  expect(first.cursors.at(-1)).toEqual({ since: "2024-01-02T10:00:00.123456Z" });

  state.orders.push(order(3, "2024-01-02T09:59:30Z"), order(4, "2024-01-03T00:00:00Z"));
  const second = await readAll(options(server), { checkpoint: first.cursors.at(-1)! });
  expect(server.requests.at(-2)).toBe("/?updated_since=2024-01-02T09%3A59%3A00.123456Z");
  expect(second.records.map(({ id }) => id)).toEqual([1, 3, 4]);
  expect(second.cursors.at(-1)).toEqual({ since: "2024-01-03T00:00:00Z" });
});

test("timestamps are compared as moments, and where nothing is new the watermark stays", async () => {
  const state = {
    now: "2024-03-01T00:00:00Z",
    orders: [order(1, "2024-01-02T01:00:00+02:00"), order(2, "2024-01-02T00:30:00Z")],
  };
  await using server = await ordersApi(state);
  const first = await readAll(options(server));
  expect(first.cursors.at(-1)).toEqual({ since: "2024-01-02T00:30:00Z" });
  state.orders = [];
  expect((await readAll(options(server), { checkpoint: first.cursors.at(-1)! })).cursors).toEqual([
    { since: "2024-01-02T00:30:00Z" },
  ]);
});

test("an interrupted run goes on with the page behind the last one that was committed", async () => {
  const orders = Array.from({ length: 6 }, (_, id) => order(id, `2024-01-0${6 - id}T00:00:00Z`));
  const state: Parameters<typeof ordersApi>[0] = { now: "2024-03-01T00:00:00Z", orders, failAt: 4 };
  await using server = await ordersApi(state);
  await expect(readAll(options(server))).rejects.toThrow("[HTTP_STATUS]");
  // As the engine keeps it with the second page's rows.
  const checkpoint = {
    since: "2024-01-01T00:00:00Z",
    next: "4",
    highest: "2024-01-06T00:00:00Z",
    until: "2024-03-01T00:00:00.000Z",
  };
  delete state.failAt;
  server.requests.length = 0;
  const rest = await readAll(options(server), { checkpoint });
  expect(server.requests).toEqual(["/?updated_since=2024-01-01T00%3A00%3A00Z&cursor=4"]);
  expect(rest.records.map(({ id }) => id)).toEqual([4, 5]);
  expect(rest.cursors).toEqual([{ since: "2024-01-06T00:00:00Z" }]);
});

test("C5: what was changed while a run read is read by the next one, by the server's clock", async () => {
  const state = {
    now: "2024-01-05T00:00:00Z",
    orders: [order(1, "2024-01-01T00:00:00Z"), order(2, "2024-01-05T00:00:10Z")],
  };
  await using server = await ordersApi(state);
  const { cursors } = await readAll(options(server));
  expect(cursors.at(-1)).toEqual({ since: "2024-01-05T00:00:00.000Z" });
});

test("a number that counts up begins behind the last one", async () => {
  await using server = await apiServer((_, response, url) => {
    const after = BigInt(url.searchParams.get("after_id") ?? 0);
    json(
      response,
      `[${["9007199254740993", "9007199254740994"]
        .filter((id) => BigInt(id) > after)
        .map((id) => `{"id":${id}}`)
        .join(",")}]`,
    );
  });
  const since = { parameter: "after_id", field: "id", exclusive: true } as const;
  const first = await readAll({ url: server.url, since });
  expect(first.cursors).toEqual([{ since: "9007199254740994" }]);
  const second = await readAll({ url: server.url, since }, { checkpoint: first.cursors[0]! });
  expect(second.records).toEqual([]);
  expect(second.cursors).toEqual([{ since: "9007199254740994" }]);
});

test("a checkpoint of another kind of source is refused", async () => {
  await using server = await apiServer((_, response) => json(response, []));
  await expect(readAll(options(server), { checkpoint: { key: [1] } })).rejects.toThrow("[CHECKPOINT_INVALID]");
});

test("C18: numbers that a double would take for equal are told apart", async () => {
  const ids = ["9007199254740993", "9007199254740992", "9007199254740995", "9007199254740994"];
  await using server = await apiServer((_, response) =>
    json(response, `[${ids.map((id) => `{"id":${id}}`).join(",")}]`),
  );
  const { cursors } = await readAll({ url: server.url, since: { parameter: "after", field: "id", exclusive: true } });
  expect(cursors).toEqual([{ since: "9007199254740995" }]);
  ids.splice(0, 4, "9007199254740995", "9007199254740996");
  const again = await readAll(
    { url: server.url, since: { parameter: "after", field: "id", exclusive: true } },
    { checkpoint: cursors[0]! },
  );
  expect(again.cursors).toEqual([{ since: "9007199254740996" }]);
});
