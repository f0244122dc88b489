import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { execa } from "execa";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = join(import.meta.dirname, "../patterns");
const sdk = dirname(createRequire(import.meta.url).resolve("@millrace/sdk/package.json"));
let server: PostgresServer;
let sql: Sql;
let url = "";

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase("patterns");
  sql = postgres(url, { max: 1, onnotice: () => {} });
  await run("tables");
});

afterAll(async () => {
  await sql.end();
  await server[Symbol.asyncDispose]();
  await rm(join(folder, "failures"), { recursive: true, force: true });
});

/** Runs an operator as a scheduler does, and returns how the ledger counts its last run; raises what it says where it fails. */
async function run(name: string, ...config: string[]): Promise<Record<string, number>> {
  const args = ["exec", name, "--project", folder, ...config.flatMap((field) => ["--config", field])];
  const { exitCode, all } = await execa(process.execPath, [join(sdk, "src/cli/main.mjs"), ...args], {
    env: { DATABASE_URL: url, MILLRACE_BUNDLE: "off" },
    stdin: "ignore",
    all: true,
    reject: false,
  });
  if (exitCode !== 0) throw new Error(all);
  const [last] = await sql`SELECT counts FROM millrace.runs WHERE operator = ${name} ORDER BY epoch DESC LIMIT 1`;
  return last?.["counts"] as Record<string, number>;
}

const all = async (query: string) => (await sql.unsafe(query)).map((row) => Object.values(row).map(String).join(" "));

test("upsert by row hash: what is unchanged is told by its hash, and only what changed is written", async () => {
  expect(await run("planes")).toMatchObject({ read: 3322, inserted: 3322 });
  await sql`UPDATE patterns.planes SET seats = 1, row_hash = NULL WHERE tailnum = 'N10156'`;
  expect(await run("planes")).toMatchObject({ unchanged: 3321, updated: 1 });
  expect(await all("SELECT seats FROM patterns.planes WHERE tailnum = 'N10156'")).toEqual(["55"]);
});

test("a large CSV in chunks, once; then only what is newer by its timestamp, and checks of the table", async () => {
  const loaded = await run("departures");
  expect(loaded["read"]).toBeGreaterThan(200_000);
  expect(loaded["inserted"]).toBe(loaded["read"]);
  expect(await run("departures")).toMatchObject({ read: 0 });
  const first = await run("late_departures");
  expect(first["read"]).toBe(loaded["read"]);
  await sql`INSERT INTO patterns.departures SELECT now(), carrier, flight, origin, dest, 90 FROM patterns.departures LIMIT 1`;
  const second = await run("late_departures");
  expect(second["inserted"]).toBe(1);
  expect(second["read"]).toBeLessThan(1000);
  await run("departures_checked");
});

test("change data capture: whatever their order, the highest sequence of each key wins", async () => {
  expect(await run("carriers")).toMatchObject({ read: 6 });
  const rows = "SELECT carrier, name, changed, deleted_at IS NOT NULL AS gone FROM patterns.carriers ORDER BY carrier";
  expect(await all(rows)).toEqual(
    ["AA American Airlines Inc. 5 false", "US US Airways Inc. 4 true"].map((line) =>
      line.replace("US US Airways Inc.", "US US Airways"),
    ),
  );
  expect(await run("carriers")).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
});

test("full refresh by swap: another table has the name, and a source that shrank is refused", async () => {
  await run("airports");
  const oid = async () => await all("SELECT 'patterns.airports'::regclass::oid");
  const before = await oid();
  expect(await run("airports")).toMatchObject({ read: 1458 });
  expect(await oid()).not.toEqual(before);
  await expect(run("airports", "path=../data/airlines.csv.gz")).rejects.toThrow("SOURCE_FIELDS");
  expect(await all("SELECT count(*) FROM patterns.airports")).toEqual(["1458"]);
});

test("checkpoints: what fails goes on behind what it has committed", async () => {
  await expect(run("delays_by_carrier", "failAt=2013-01-03")).rejects.toThrow("no luck on 2013-01-03");
  expect(await all("SELECT day::text FROM patterns.delays_by_carrier GROUP BY day ORDER BY day")).toEqual([
    "2013-01-01",
    "2013-01-02",
  ]);
  await sql`UPDATE patterns.delays_by_carrier SET flights = 0 WHERE day = '2013-01-01'`;
  await run("delays_by_carrier");
  expect(await all("SELECT day::text, sum(flights) FROM patterns.delays_by_carrier GROUP BY day ORDER BY day")).toEqual(
    ["2013-01-01 0", "2013-01-02 943", "2013-01-03 914"],
  );
});

test("retry: an API that is busy at first", async () => {
  let asked = 0;
  const api = createServer((request, response) => {
    asked += 1;
    if (asked % 2 === 1) return void response.writeHead(503).end();
    response.writeHead(200, { "content-type": "application/json" });
    const page = new URL(request.url!, "http://localhost").searchParams.get("page");
    const airports = page === "1" ? [{ faa: "ZZZ", name: "Test", lat: 1.5, lon: 2 }] : [];
    response.end(JSON.stringify(request.url!.endsWith("/version") ? { path: "/v2" } : airports));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  try {
    const address = `url=http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    expect(await run("airports_of_api", address)).toMatchObject({ read: 1, inserted: 1 });
  } finally {
    api.closeAllConnections();
    api.close();
  }
});
