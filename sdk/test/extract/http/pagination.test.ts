import type { HttpPagination } from "@millrace/sdk";
import { expect, test } from "vitest";
import { apiServer, json, readAll } from "./api-server.ts";

const ALL = Array.from({ length: 7 }, (_, id) => ({ id }));

test.for<[string, HttpPagination, string[]]>([
  [
    "page numbers",
    { kind: "page", size: 3 },
    ["per_page=3&page=1", "per_page=3&page=2", "per_page=3&page=3", "per_page=3&page=4"],
  ],
  ["page numbers from 0", { kind: "page", parameter: "p", first: 0 }, ["p=0", "p=1", "p=2", "p=3"]],
  [
    "offsets",
    { kind: "offset", limit: 3 },
    ["limit=3&offset=0", "limit=3&offset=3", "limit=3&offset=6", "limit=3&offset=7"],
  ],
  // It was asked for 100 and gives 3: going on by 100 would lose most records.
  [
    "offsets of a server that gives fewer than asked for",
    { kind: "offset", limit: 100 },
    ["limit=100&offset=0", "limit=100&offset=3", "limit=100&offset=6", "limit=100&offset=7"],
  ],
  ["a cursor", { kind: "cursor", next: "meta.next" }, ["", "cursor=c3", "cursor=c6"]],
  ["a URL in the body", { kind: "next", next: "links.next" }, ["", "offset=3", "offset=6"]],
  ["a Link header", { kind: "link" }, ["", "offset=3", "offset=6"]],
])("an API is read to its end by %s", async ([, pagination, queries]) => {
  await using server = await apiServer((_, response, url) => {
    const query = url.searchParams;
    const page = Number(query.get("page") ?? Number.NaN) - 1;
    const start = query.has("p")
      ? Number(query.get("p")) * 3
      : query.has("page")
        ? page * 3
        : Number(query.get("offset") ?? query.get("cursor")?.slice(1) ?? 0);
    const next = start + 3 < ALL.length ? start + 3 : null;
    const body = {
      data: { items: ALL.slice(start, start + 3) },
      meta: { next: next === null ? "" : `c${next}` },
      links: { next: next === null ? null : `${url.pathname}?offset=${next}` },
    };
    const link = `<https://elsewhere.example/x>; rel="license", <${url.pathname}?offset=${next}>; title="a, b"; rel="last next"`;
    json(response, body, next === null ? {} : { link });
  });
  const { records, sources, bytes } = await readAll({ url: `${server.url}/orders`, records: "data.items", pagination });
  expect(records).toEqual(ALL);
  expect(server.requests.map((request) => request.replace(/^\/orders\??/, ""))).toEqual(queries);
  expect(sources[4]).toBe(`${server.url}/orders${queries[1] ? `?${queries[1]}` : ""}#/data/items/1`);
  expect(bytes).toBeGreaterThan(100);
});

test("a beginning that was loaded before is left out exactly", async () => {
  await using server = await apiServer((_, response, url) => {
    const start = Number(url.searchParams.get("offset"));
    json(response, start < 7 ? ALL.slice(start, start + 3) : []);
  });
  const { records, sources } = await readAll({ url: server.url, pagination: { kind: "offset" } }, { skip: 4 });
  expect(records).toEqual(ALL.slice(4));
  expect(sources[0]).toBe(`${server.url}/?offset=3#/1`);
});

test.for<[string, HttpPagination, number]>([
  ["a cursor that comes again", { kind: "cursor", next: "next" }, 20],
  ["a Link that leads back", { kind: "link" }, 20],
  ["a server that does not heed the page's number", { kind: "page" }, 3],
  ["a server that does not heed the offset", { kind: "offset" }, 3],
])("%s is noticed", async ([, pagination, atMost]) => {
  let count = 0;
  await using server = await apiServer((_, response) => {
    count += 1;
    const ignoring = pagination.kind === "page" || pagination.kind === "offset";
    // Three pages on the way there, then five in a circle.
    const next = count < 3 ? count : 3 + (count % 5);
    const body = ignoring ? [{ id: 1 }] : { next: `n${next}`, items: [{ id: count }] };
    json(response, body, { link: `</?n=${next}>; rel=next` });
  });
  const records = pagination.kind === "cursor" || pagination.kind === "link" ? "items" : "";
  await expect(readAll({ url: server.url, pagination, records })).rejects.toThrow("[HTTP_PAGE_LOOP]");
  expect(server.requests.length).toBeLessThanOrEqual(atMost);
});

test("a next page on another server is refused, which would be shown the login", async () => {
  await using server = await apiServer((_, response) =>
    json(response, [], { link: "<http://127.0.0.2:9/>; rel=next" }),
  );
  await expect(readAll({ url: server.url, pagination: { kind: "link" } })).rejects.toThrow("[HTTP_PAGINATION]");
});

test("what is no object is malformed, with its place, and the others are read", async () => {
  await using server = await apiServer((_, response) =>
    json(response, '{"items":[{"id":1},[2],"x",null,{"id":12345678901234567890}]}'),
  );
  const { records, malformed, sources } = await readAll({ url: server.url, records: "items" });
  expect(records).toEqual([{ id: 1 }, { id: 12345678901234567890n }]);
  expect(sources).toEqual([`${server.url}/#/items/0`, `${server.url}/#/items/4`]);
  expect(malformed.map(({ code, raw, position }) => [code, raw, position.source])).toEqual([
    ["JSON_RECORD", "[2]", `${server.url}/#/items/1`],
    ["JSON_RECORD", '"x"', `${server.url}/#/items/2`],
    ["JSON_RECORD", "null", `${server.url}/#/items/3`],
  ]);
});

test("an answer without records where they should be is an error, and not nothing", async () => {
  await using server = await apiServer((_, response) => json(response, { error: "quota exceeded" }));
  await expect(readAll({ url: server.url, records: "data" })).rejects.toThrow(
    /^\[HTTP_RECORDS\] "data" of .* is no array of records: \{"error":"quota exceeded"\}/,
  );
});
