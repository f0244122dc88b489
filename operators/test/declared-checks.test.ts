import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDeclared, readDeclared } from "@millrace/operators";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test, vi } from "vitest";
import { stopServer, testDatabase } from "./database.ts";

afterAll(stopServer);

async function ordersFile(content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "millrace-checks-")), "orders.csv");
  await writeFile(path, content);
  return path;
}

const declared = (path: string, load: string, checks: string) => `operators:
  - name: orders
    operator: csv_to_table
    partitions: { kind: daily, start: 2024-01-01 }
    config:
      path: ${path}
      table: orders
      ${load}
      checks:
${checks}
`;

const CHECKS = `        - { check: row_count, min: 3 }
        - { check: not_null, columns: [status] }
        - { check: unique, columns: [status] }
        - { check: accepted_values, column: status, values: [paid, open], severity: warn }
        - { check: references, column: status, table: statuses, to: name }
        - { check: freshness, column: day, maxAgeMinutes: 60 }
        - { check: sql, name: of_the_day, query: "SELECT id FROM orders WHERE day <> :partition::date" }
`;

test("an operator that loads declares checks of the rows that it has loaded, with the first that are wrong", async () => {
  await using database = await testDatabase(`CREATE TABLE orders (id int PRIMARY KEY, day date, status text);
    CREATE TABLE statuses (name text); INSERT INTO statuses VALUES ('paid');
    INSERT INTO orders VALUES (9, '2024-01-01', NULL), (8, '2024-01-01', 'odd')`);
  vi.stubEnv("DATABASE_URL", database.url);
  const path = await ordersFile(
    "id,day,status\n1,2024-01-02,paid\n2,2024-01-02,paid\n3,2024-01-02,open\n4,2024-01-02,\n",
  );
  const run = async (load: string) => {
    const operator = await openDeclared(declared(path, load, CHECKS), "operators.yaml", "orders");
    const { checks } = await runOperator(operator, { databaseUrl: database.url, partitions: ["2024-01-02"] });
    return Object.fromEntries(checks.map((check) => [check.checkName, check]));
  };

  const ofTheDay = await run("load: delete_insert\n      partitionBy: day");
  expect(
    Object.entries(ofTheDay).map(([name, { passed, severity, metadata }]) => [
      name,
      passed,
      severity,
      metadata["wrong"],
    ]),
  ).toEqual([
    ["row_count", true, "error", 0],
    ["not_null_status", false, "error", 1],
    ["unique_status", false, "error", 1],
    ["accepted_values_status", true, "warn", 0],
    ["references_status", false, "error", 1],
    ["freshness_day", false, "error", 1],
    ["of_the_day", false, "error", 2],
  ]);
  expect(ofTheDay["not_null_status"]).toMatchObject({
    partition: "2024-01-02",
    metadata: { first: { raw_value: { records: [{ id: 4, day: "2024-01-02", status: null }] } } },
  });

  // Rows of an upsert belong to no partition: all of the table are looked at.
  const ofAll = await run("load: upsert\n      key: [id]");
  expect(Object.values(ofAll).map(({ metadata }) => metadata["wrong"])).toEqual([0, 2, 2, 1, 2, 1, 2]);
});

test("a check of a column that is not there, or under a name that is taken, is said before a row is loaded", async () => {
  await using database = await testDatabase("CREATE TABLE orders (id int PRIMARY KEY, day date, status text)");
  vi.stubEnv("DATABASE_URL", database.url);
  const load = "load: upsert\n      key: [id]";
  const missing = declared("a.csv", load, "        - { check: not_null, columns: [state] }");
  await expect(openDeclared(missing, "operators.yaml", "orders")).rejects.toThrow(
    '[COLUMN_MISSING] The table orders has no column "state"; it has id, day, status',
  );
  const twice = "        - { check: not_null, columns: [id] }\n".repeat(2);
  expect(() => readDeclared(declared("a.csv", load, twice), "operators.yaml")).toThrow(
    /line 12, operators\[0\]\.config\.checks\[1\].*: a check "not_null_id" was there before: give it a name/,
  );
});

test("each operator that loads a table takes checks, and its manifest has them", () => {
  const table = "table: orders\n      checks: [{ check: not_null, columns: [id], severity: warn }]";
  const key = "load: upsert\n      key: [id]";
  const changes = "key: [id]\n      sequence: lsn";
  const configs = {
    csv_to_table: `path: a.csv\n      ${key}`,
    jsonl_to_table: `path: a.jsonl\n      ${key}`,
    parquet_to_table: `path: a.parquet\n      ${key}`,
    api_to_table: `url: http://localhost/\n      ${key}`,
    table_to_table: `database: A\n      source: b\n      ${key}`,
    replicate_table: `database: A\n      source: b\n      slot: c\n      publication: d\n      ${changes}`,
    apply_changes: `path: a.jsonl\n      format: debezium\n      ${changes}`,
    refresh_table: "select: SELECT 1 AS id",
  };
  const text = Object.entries(configs).map(
    ([kind, config]) => `  - name: ${kind}\n    operator: ${kind}\n    config:\n      ${config}\n      ${table}\n`,
  );
  const operators = readDeclared(`operators:\n${text.join("")}`, "operators.yaml");
  expect(
    operators.map(({ operator: { name, checks } }) => [name, checks.map((check) => [check.name, check.severity])]),
  ).toEqual(Object.keys(configs).map((kind) => [kind, [["not_null_id", "warn"]]]));
});
