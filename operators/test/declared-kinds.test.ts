import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { stopServer, testDatabase } from "./database.ts";
import { declaredProject } from "./declared-project.ts";

afterAll(stopServer);

test("api_to_table: every digit of an API comes into the table, with its login from the environment", async () => {
  await using database = await testDatabase(
    "CREATE TABLE events (id bigint PRIMARY KEY, amount numeric, at timestamptz, customer int, tags text[], raw jsonb, ok boolean, ratio double precision)",
  );
  const server = createServer((request, response) => {
    if (request.headers["authorization"] !== "Bearer s3cret") return void response.writeHead(401).end();
    const url = new URL(request.url!, "http://localhost");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      url.searchParams.get("page") === "1" && url.pathname === "/v1/2024-01-02/events"
        ? `{"data":[
            {"id":9007199254740993,"amount":12345678901234567890.123456789,"at":"2024-01-02T03:04:05.123456Z","customer":{"id":7},"tags":["a,b","\\"c\\"",null],"raw":{"n":9007199254740993,"x":0.12345678901234567890},"ok":true,"ratio":0.1},
            {"id":2,"amount":"1.50","at":null,"customer":null,"tags":[],"raw":"text","ok":false,"ratio":1e-7},
            {"id":3,"customer":{"id":"seven"}}]}`
        : '{"data":[]}',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using project = await declaredProject({
    "operators.yaml": `operators:
  - name: events
    operator: api_to_table
    partitions: { kind: daily, start: 2024-01-01 }
    rejects: { maxRatio: 0.5 }
    config:
      url: ${url}/v1/{partition}/events
      auth: { bearer: EVENTS_TOKEN }
      records: data
      pagination: { kind: page }
      fields: { customer: customer.id }
      table: events
      load: upsert
      key: [id]
`,
  });
  const run = async (env = {}) =>
    await project.millrace(["exec", "events", "--partition", "2024-01-02"], { DATABASE_URL: database.url, ...env });
  expect((await run()).stderr).toContain("[ENV_MISSING] The environment variable EVENTS_TOKEN is not set.");
  expect(await run({ EVENTS_TOKEN: "s3cret" })).toMatchObject({ code: 0 });
  server.close();
  server.closeAllConnections();
  expect(
    await database.lines(
      "SELECT id::text, amount::text, at::text, customer, tags::text, raw::text, ok, ratio FROM events ORDER BY id DESC",
    ),
  ).toEqual([
    '9007199254740993 12345678901234567890.123456789 2024-01-02 03:04:05.123456+00 7 {"a,b","\\"c\\"",NULL} {"n": 9007199254740993, "x": 0.12345678901234567890} true 0.1',
    '2 1.50 null null {} "text" false 1e-7',
  ]);
  expect(await database.lines("SELECT code, field, source FROM millrace.dead_letters")).toEqual([
    `SCHEMA customer.id ${url}/v1/2024-01-02/events?page=1#/data/2`,
  ]);
});

test("jsonl_to_table and parquet_to_table: every digit comes into the table", async () => {
  await using database = await testDatabase(
    "CREATE TABLE events (id bigint PRIMARY KEY, amount numeric, city text, tags text[])",
  );
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: "id", data: [9007199254740993n, 3n], type: "INT64" },
      { name: "amount", data: ["1.10", "x"], type: "STRING" },
    ],
  });
  await using project = await declaredProject({
    "events.jsonl":
      '{"id":9007199254740993,"amount":1234567890123456789.5,"address":{"city":"Berlin"},"tags":["a"]}\nnot json\n{"id":2}\n',
    "events.parquet": Buffer.from(bytes),
    "operators.yaml": `operators:
  - name: lines
    operator: jsonl_to_table
    rejects: { max: 1, maxRatio: 1 }
    config: { path: events.jsonl, table: events, load: upsert, key: [id], fields: { city: address.city } }
  - name: columns
    operator: parquet_to_table
    rejects: { max: 1, maxRatio: 1 }
    config: { path: "events.par*", table: events, load: upsert, key: [id] }
`,
  });
  const run = async (name: string) => await project.millrace(["exec", name], { DATABASE_URL: database.url });
  expect(await run("lines")).toMatchObject({ code: 0 });
  const rows = "SELECT id::text, amount::text, city, tags::text FROM events ORDER BY id DESC";
  expect(await database.lines(rows)).toEqual(["9007199254740993 1234567890123456789.5 Berlin {a}", "2 null null null"]);
  expect(await run("columns")).toMatchObject({ code: 0 });
  expect((await database.lines(rows))[0]).toMatch(/^9007199254740993 1\.10 /);
  expect(await database.lines("SELECT operator, code FROM millrace.dead_letters ORDER BY id")).toEqual([
    "lines JSON_SYNTAX",
    "columns SCHEMA",
  ]);
});

test("operators that load nothing are declared as those that do", async () => {
  await using database = await testDatabase("CREATE TABLE orders (id int PRIMARY KEY, status text)");
  await using project = await declaredProject({
    "sql/orders.sql":
      "DELETE FROM orders; INSERT INTO orders SELECT 1, :status; INSERT INTO orders VALUES (2, :partition);",
    "operators.yaml": `operators:
  - name: orders
    operator: run_sql
    partitions: { kind: static, keys: [eu, us] }
    config: { path: sql/orders.sql, parameters: { status: paid } }
  - name: orders_checked
    operator: check_table
    dependsOn: [orders]
    config:
      table: orders
      checks:
        - { check: unique, columns: [id] }
        - { check: accepted_values, column: status, values: [paid, us], severity: warn }
  - name: report
    operator: run_command
    config: { command: [sh, -c, 'echo "$0" > report.txt'] }
  - name: orders_replayed
    operator: replay_dead_letters
    config: { operator: orders }
  - name: letters
    operator: export_dead_letters
    config: { directory: letters }
`,
  });
  const { operators } = JSON.parse((await project.millrace(["manifest"])).stdout) as {
    operators: { name: string; target: unknown; load: unknown; checks: { name: string; blocking: boolean }[] }[];
  };
  expect(operators.map(({ name, target, load }) => [name, target, load])).toEqual(
    ["orders", "orders_checked", "report", "orders_replayed", "letters"].map((name) => [name, null, null]),
  );
  expect(operators[1]?.checks.map(({ name, blocking }) => [name, blocking])).toEqual([
    ["unique_id", true],
    ["accepted_values_status", false],
  ]);
  const run = async (name: string, ...args: string[]) =>
    await project.millrace(["exec", name, ...args], { DATABASE_URL: database.url });
  expect(await run("orders", "--partition", "us", "--config", 'parameters={"status":"open"}')).toMatchObject({
    code: 0,
  });
  expect(await database.lines("SELECT * FROM orders ORDER BY id")).toEqual(["1 open", "2 us"]);
  expect(await run("orders_checked")).toMatchObject({ code: 0 });
  expect(await run("report", "--config", 'arguments=["done"]')).toMatchObject({ code: 0 });
  expect(await readdir(project.folder)).toContain("report.txt");
  expect((await run("orders_replayed")).stderr).toContain("`run`");
  expect(await run("letters")).toMatchObject({ code: 0 });
  expect(
    (await readdir(join(project.folder, ".millrace/bundles"))).filter((name) => name.endsWith(".cjs")).length,
  ).toBe(5);
});
