import { createLogger } from "../../../src/logging/logger.ts";
import { http, type HttpOptions } from "@millrace/sdk";
import { expect, test } from "vitest";
import { parseExactRecord } from "../../../src/record/exact-json.ts";
import { apiServer, IMPATIENT, json, readAll, type Answer } from "./api-server.ts";

/** Misbehaves for the first `times` requests. */
function at_first(times: number, bad: Answer): Answer {
  let count = 0;
  return (request, response, url) => {
    count += 1;
    if (count <= times) bad(request, response, url);
    else json(response, [{ id: 1 }]);
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end("busy");

test.for<[string, Answer]>([
  ["500", status(500)],
  ["503", status(503)],
  ["429", status(429)],
  ["403 that says when to ask again", status(403, { "retry-after": "0" })],
  ["a connection that is reset before the answer", (request) => void request.socket.resetAndDestroy()],
  [
    "a connection that is reset in the middle of the answer",
    (request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('[{"id":', () => setTimeout(() => request.socket.resetAndDestroy(), 20));
    },
  ],
  [
    "fewer bytes than announced",
    (request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('[{"id":1}]', () => setTimeout(() => request.socket.end(), 20));
    },
  ],
  ["JSON that is cut off", (_, response) => json(response, '[{"id":1},{"id"')],
  ["no JSON at all under its name", (_, response) => json(response, "")],
  ["no HTTP", (request) => void request.socket.end("HTTP/1.1 nonsense\r\n\r\n")],
  [
    "a body that never ends",
    (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('[{"id":');
    },
  ],
  ["no answer", () => {}],
])("%s passes when tried again", async ([, bad]) => {
  await using server = await apiServer(at_first(2, bad));
  const { records } = await readAll({ url: server.url, timeoutMs: 400 });
  expect(records).toEqual([{ id: 1 }]);
  expect(server.requests.length).toBe(3);
});

test.for<[string, Answer, string, number]>([
  ["a server that stays down", status(503), "[HTTP_STATUS]", 3],
  ["a login that is refused", status(401), "[HTTP_LOGIN]", 1],
  ["what is not there", status(404), "[HTTP_STATUS]", 1],
  [
    "a page for people",
    (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>log in"),
    "[HTTP_NOT_JSON]",
    1,
  ],
  ["a huge page", (_, response) => json(response, `[${'{"id":1},'.repeat(5000)}{"id":1}]`), "[HTTP_PAGE_TOO_LARGE]", 1],
  [
    "bytes that are no UTF-8",
    (_, response) => response.writeHead(200, { "content-type": "text/plain" }).end(Buffer.from([0x22, 0xff, 0x22])),
    "[HTTP_NOT_JSON]",
    1,
  ],
  ["redirects in a circle", status(302, { location: "/again" }), "[HTTP_STATUS]", 6],
])("%s fails the run, after as many attempts as make sense", async ([, bad, message, attempts]) => {
  await using server = await apiServer(bad);
  const reading = readAll({ url: server.url, maxPageBytes: 10_000, retry: { ...IMPATIENT, maxAttempts: 3 } });
  await expect(reading).rejects.toThrow(message);
  expect(server.requests.length).toBe(attempts);
});

test("nobody answers, and no certificate is trusted", async () => {
  const server = await apiServer(() => {});
  await server[Symbol.asyncDispose]();
  const options = { url: server.url, retry: { ...IMPATIENT, maxAttempts: 2 } };
  await expect(readAll(options)).rejects.toMatchObject({ code: "HTTP_UNREACHABLE", kind: "retryable", attempts: 2 });
});

test("JSON under another name is read", async () => {
  await using server = await apiServer((_, response) => json(response, '[{"id":1}]', { "content-type": "text/plain" }));
  expect((await readAll({ url: server.url })).records).toEqual([{ id: 1 }]);
});

test.for<[string, () => Record<string, string>]>([
  ["seconds", () => ({ "retry-after": "1" })],
  ["a date", () => ({ "retry-after": new Date(Date.now() + 2000).toUTCString() })],
])("429 with Retry-After in %s: nobody asks before", async ([, headers]) => {
  const times: number[] = [];
  let until = 0;
  await using server = await apiServer((_, response) => {
    times.push(Date.now());
    if (times.length > 1) return json(response, [{ id: 1 }]);
    const asked = headers();
    until = /^\d+$/.test(asked["retry-after"]!) ? Date.now() + 1000 : Date.parse(asked["retry-after"]!);
    response.writeHead(429, asked).end();
  });
  await readAll({ url: server.url });
  expect(times[1]).toBeGreaterThanOrEqual(until - 5);
});

test("where the server asks for longer than a run can wait, the scheduler is told how long", async () => {
  await using server = await apiServer(status(429, { "retry-after": "3600" }));
  await expect(readAll({ url: server.url })).rejects.toMatchObject({ kind: "retryable", retryAfterMs: 3_600_000 });
  expect(server.requests.length).toBe(1);
});

test("requests keep to so many a second, whoever makes them", async () => {
  const times: number[] = [];
  await using server = await apiServer((_, response) => {
    times.push(performance.now());
    json(response, []);
  });
  const options: HttpOptions = { url: server.url, requestsPerSecond: 50 };
  const began = performance.now();
  await Promise.all([1, 2, 3, 4].map(() => readAll(options)));
  // A timer may be a millisecond early.
  expect(times.at(-1)! - began).toBeGreaterThan(55);
});

test("an answer is read in the encoding that it names", async () => {
  await using server = await apiServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json; charset=iso-8859-1" });
    response.end(Buffer.from('[{"name":"café"}]', "latin1"));
  });
  expect((await readAll({ url: server.url })).records).toEqual([{ name: "café" }]);
});

test("a request that can not be sent at all is not tried again", async () => {
  await using server = await apiServer((_, response) => json(response, []));
  const reading = readAll({ url: server.url, headers: { "x-day": "2024\n01" } });
  await expect(reading).rejects.toMatchObject({ kind: "fatal" });
  expect(server.requests).toEqual([]);
});

test("a run that is to stop does, in the middle of an answer", async () => {
  await using server = await apiServer(() => {});
  const stop = new AbortController();
  const reading = Array.fromAsync(http({ url: server.url }).open({ signal: stop.signal, skip: 0 }));
  setTimeout(() => stop.abort(new Error("stop")), 50);
  await expect(reading).rejects.toThrow("stop");
});

test("C28: a login comes from the environment, and stands in no error, log, position or redirect", async () => {
  process.env["TEST_API_KEY"] = "s3cret-key";
  const headers: (string | undefined)[] = [];
  await using other = await apiServer((request, response) => {
    headers.push(request.headers["x-api-key"] as string | undefined);
    json(response, [{ id: 1 }]);
  });
  await using server = await apiServer((request, response, url) => {
    headers.push(request.headers["x-api-key"] as string | undefined);
    if (url.pathname === "/moved") response.writeHead(302, { location: `${other.url}/` }).end();
    else if (headers.length === 2) response.writeHead(500).end("postgres://me:s3cret@db/x");
    else response.writeHead(403).end();
  });
  const auth = { header: "X-Api-Key", env: "TEST_API_KEY" } as const;
  expect((await readAll({ url: `${server.url}/moved`, auth })).records).toEqual([{ id: 1 }]);
  expect(headers).toEqual(["s3cret-key", undefined]);

  const lines: string[] = [];
  const log = {
    ...createLogger({ level: "silent" }),
    warn: (...args: unknown[]) => void lines.push(String(args[1] && (args[1] as { url: string }).url)),
  };
  const failing = readAll({ url: `${server.url}/x?api_key=s3cret&day=1`, auth, log: log as never });
  const error = (await failing.catch((reason: unknown) => reason)) as Error;
  expect(error.message).toContain("[HTTP_LOGIN]");
  expect(error.message).toContain("TEST_API_KEY");
  expect(error.message).toContain("?api_key=***&day=1");
  expect(JSON.stringify([error.message, lines, http({ url: `${server.url}/?api_key=s3cret` }).uri])).not.toContain(
    "s3cret",
  );

  delete process.env["TEST_API_KEY"];
  await expect(readAll({ url: server.url, auth })).rejects.toThrow("[ENV_MISSING]");
  expect(() => http({ url: "https://me:s3cret@example.com/" })).toThrow(/^\[HTTP_URL\](?!.*s3cret)/);
});

test.for([
  ["9007199254740993", 9007199254740993n],
  ["-9223372036854775808", -9223372036854775808n],
  ["9007199254740991", 9007199254740991],
  ["9007199254740994", 9007199254740994n],
  ["0.1", 0.1],
  ["12345.60", 12345.6],
  ["1e3", 1000],
  ["-0.0", -0],
  ["123456789012345.123456789", "123456789012345.123456789"],
  ["0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"],
  ["1e400", "1e400"],
  ["1.7976931348623157e308", 1.7976931348623157e308],
] as const)("numbers keep their value: %s", ([text, value]) => {
  expect(parseExactRecord(`{"a":${text}}`)).toEqual({ a: value });
  expect(parseExactRecord(`{"a":${text},"b":123456789012345678}`)).toMatchObject({ a: value });
});
