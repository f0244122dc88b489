import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkTable,
  csvToTable,
  exportDeadLetters,
  replayDeadLetters,
  runCommand,
  runSql,
  type CheckTableOptions,
} from "@millrace/operators";
import { daily, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { date, integer, pgTable, text } from "drizzle-orm/pg-core";
import { afterAll, expect, test } from "vitest";
import { stopServer, testDatabase } from "./database.ts";

afterAll(stopServer);

const partitions = daily({ start: "2024-01-01", end: "2024-02-01" });
const orders = pgTable("orders", { id: integer("id").primaryKey(), day: date("day"), status: text("status") });
const TABLE = "CREATE TABLE orders (id int PRIMARY KEY, day date, status text)";
/** What an operator said of a materialization, as plain values. */
const said = ({ materializations }: { readonly materializations: readonly { readonly metadata: object }[] }) =>
  Object.fromEntries(
    Object.entries(materializations[0]?.metadata ?? {}).map(([name, value]) => [
      name,
      (value as { raw_value?: unknown } | null)?.raw_value ?? value,
    ]),
  );
const place = async (name: string, content: string) => {
  const path = join(await mkdtemp(join(tmpdir(), "millrace-own-")), name);
  await writeFile(path, content);
  return path;
};

test("run_sql: a file's statements are one transaction, with the partition as bind values, and their rows are counted", async () => {
  await using database = await testDatabase(
    `${TABLE}; INSERT INTO orders VALUES (1, '2024-01-02', 'x'), (2, '2024-01-03', 'y'); CREATE TABLE log (note text)`,
  );
  const path = await place(
    "a.sql",
    `-- what; is :this
UPDATE orders SET status = :status || ' ;:x' WHERE day >= :partition_start::date AND day < :partition_end::timestamptz::date;
/* a; b */
DO $body$ BEGIN PERFORM 1; INSERT INTO log VALUES ('a;b :c'); END $body$;
INSERT INTO log SELECT :partition || "status" || E'\\';' FROM orders WHERE day = :partition;
`,
  );
  const operator = runSql({ name: "sql", partitions, path, parameters: { status: "it's" } });
  const ran = await runOperator(operator, { databaseUrl: database.url, partitions: ["2024-01-02"] });
  expect(await database.lines("SELECT * FROM orders ORDER BY id")).toEqual([
    expect.stringContaining("it's ;:x"),
    expect.stringContaining(" y"),
  ]);
  expect(await database.lines("SELECT note FROM log")).toEqual(["a;b :c", "2024-01-02it's ;:x';"]);
  expect(said(ran)).toMatchObject({
    statements: 3,
    rows: 2,
    rows_by_statement: { "line 2": 1, "line 4": 0, "line 5": 1 },
  });

  const evil = runSql({
    name: "sql",
    path: await place("b.sql", "INSERT INTO log VALUES (:note)"),
    parameters: { note: "'); DROP TABLE orders; --" },
  });
  await runOperator(evil, { databaseUrl: database.url });
  expect(await database.lines("SELECT count(*) FROM orders")).toEqual(["2"]);
});

test("run_sql: what fails is rolled back as a whole and says its line", async () => {
  await using database = await testDatabase(TABLE);
  const run = async (script: string) =>
    await runOperator(runSql({ name: "sql", path: await place("a.sql", script) }), { databaseUrl: database.url });
  await expect(run("INSERT INTO orders VALUES (1);\n\nINSERT INTO orders\nVALUES (1);")).rejects.toThrow(
    /a\.sql, line 3: duplicate key/,
  );
  await expect(run("INSERT INTO orders VALUES (1);\n-- now\ncommit;")).rejects.toThrow(
    /\[SQL_TRANSACTION\].*line 3: COMMIT/,
  );
  await expect(run("SELECT :nothing")).rejects.toThrow("[SQL_PARAMETER]");
  await expect(
    runOperator(runSql({ name: "sql", path: "/nowhere.sql" }), { databaseUrl: database.url }),
  ).rejects.toThrow("[SQL_FILE]");
  expect(await database.lines("SELECT count(*) FROM orders")).toEqual(["0"]);
});

test("run_command: what it prints is told, its exit code decides, and it hears of its partition and of nothing that is ours", async () => {
  await using database = await testDatabase();
  process.env["DAGSTER_PIPES_CONTEXT"] = "ours";
  const run = async (script: string, more: object = {}) =>
    await runOperator(
      runCommand({
        name: "command",
        partitions,
        command: ["sh", "-c", script, "sh", "{partition}", "{year}"],
        ...more,
      }),
      {
        databaseUrl: database.url,
        partitions: ["2024-01-02"],
      },
    );
  const ran = await run('echo "$1 $2 $MILLRACE_PARTITION $EXTRA$DAGSTER_PIPES_CONTEXT"; [ "$1" = 2024-01-02 ]', {
    env: { EXTRA: "x" },
  });
  delete process.env["DAGSTER_PIPES_CONTEXT"];
  expect(said(ran)).toMatchObject({ lines: 1, exit_code: 0 });
  await expect(run("echo one; echo two >&2; exit 3")).rejects.toThrow(
    /^\[COMMAND_FAILED\] sh ended with 3; it said at last:\n(one\ntwo|two\none)/,
  );
  await run("exit 3", { successCodes: [0, 3] });
  await expect(run("exit 75", { retryCodes: [75] })).rejects.toMatchObject({ kind: "retryable" });
  await expect(run("kill -9 $$")).rejects.toThrow("was ended by SIGKILL");
  await expect(run("", { command: ["no-such-program"] })).rejects.toThrow("[COMMAND_MISSING]");
});

test("run_command: a command that is to stop is asked, then killed, with all that it has started", async () => {
  await using database = await testDatabase();
  const pids = await place("pids", "");
  // Neither it nor its child heeds SIGTERM.
  const script = `trap '' TERM; sh -c "trap '' TERM; echo \\$\\$ >> ${pids}; while true; do sleep 0.1; done" & echo $$ >> ${pids}; wait; while true; do sleep 0.1; done`;
  const operator = (timeoutMs?: number) =>
    runCommand({ name: "command", command: ["sh", "-c", script], graceMs: 200, timeoutMs });
  const alive = async () =>
    (await Promise.all((await readFile(pids, "utf8")).trim().split("\n").map(isAlive))).filter(Boolean).length;
  await expect(runOperator(operator(500), { databaseUrl: database.url })).rejects.toThrow(
    "[COMMAND_TIMEOUT] sh took longer than 0.5 s",
  );
  expect((await readFile(pids, "utf8")).trim().split("\n").length).toBe(2);
  await expect.poll(alive).toBe(0);

  const stop = new AbortController();
  const running = runOperator(operator(), { databaseUrl: database.url, signal: stop.signal });
  await expect.poll(alive).toBe(2);
  stop.abort(new Error("the launcher is gone"));
  await expect(running).rejects.toThrow("the launcher is gone");
  await expect.poll(alive).toBe(0);
});

/** One that has ended stays as a zombie where nobody asks for it. */
async function isAlive(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "Z");
  return pid !== "" && !/^Z$|\) Z /.test(stat);
}

test("check_table: each check says how many rows are wrong and which, and those of severity error fail the run", async () => {
  await using database = await testDatabase(`${TABLE};
    INSERT INTO orders VALUES (1, '2024-01-02', 'paid'), (2, '2024-01-02', 'odd'), (3, NULL, 'paid'), (4, '2024-01-03', NULL);
    CREATE TABLE statuses (name text); INSERT INTO statuses VALUES ('paid')`);
  const options: CheckTableOptions = {
    name: "orders_checked",
    table: orders,
    checks: [
      { check: "row_count", min: 2 },
      { check: "row_count", min: 2, max: 3, name: "few", severity: "warn" },
      { check: "not_null", columns: ["day"] },
      { check: "unique", columns: ["id"] },
      { check: "unique", columns: ["day", "status"] },
      { check: "accepted_values", column: "status", values: ["paid", "open"] },
      { check: "references", column: "status", table: "statuses", to: "name" },
      { check: "freshness", column: "day", maxAgeMinutes: 60 },
      { check: "sql", name: "odd", query: "SELECT id FROM orders WHERE status = 'odd'" },
    ],
  };
  await expect(runOperator(checkTable(options), { databaseUrl: database.url })).rejects.toThrow(
    "[CHECKS_FAILED] orders fails 5 of 9 checks: not_null_day (1), accepted_values_status (1), references_status (1), freshness_day (1), odd (1).",
  );
  const { checks } = await runOperator(checkTable({ ...options, failRun: false }), { databaseUrl: database.url });
  expect(
    checks.map(({ checkName, passed, severity, metadata }) => [checkName, passed, severity, metadata["wrong"]]),
  ).toEqual([
    ["row_count", true, "error", 0],
    ["few", false, "warn", 1],
    ["not_null_day", false, "error", 1],
    ["unique_id", true, "error", 0],
    ["unique_day_status", true, "error", 0],
    ["accepted_values_status", false, "error", 1],
    ["references_status", false, "error", 1],
    ["freshness_day", false, "error", 1],
    ["odd", false, "error", 1],
  ]);
  expect(JSON.stringify(checks[5]?.metadata)).toContain('"status":"odd"');

  const dailyChecks = checkTable({
    name: "daily",
    partitions,
    table: orders,
    where: "day = :partition",
    checks: [{ check: "row_count" }, { check: "not_null", columns: ["status"] }],
  });
  const run = async (day: string) => await runOperator(dailyChecks, { databaseUrl: database.url, partitions: [day] });
  expect((await run("2024-01-02")).checks.map(({ passed, partition }) => [partition, passed])).toEqual([
    ["2024-01-02", true],
    ["2024-01-02", true],
  ]);
  await expect(run("2024-01-03")).rejects.toThrow("not_null_status (1)");
  await expect(run("2024-01-04")).rejects.toThrow("row_count (1)");
  const other = checkTable({ ...options, checks: [{ check: "not_null", columns: ["dey"] }] });
  await expect(runOperator(other, { databaseUrl: database.url })).rejects.toThrow(
    '[COLUMN_MISSING] The table orders has no column "dey"',
  );
  const injected = checkTable({ ...options, where: "true; DROP TABLE orders", checks: [{ check: "row_count" }] });
  await expect(runOperator(injected, { databaseUrl: database.url })).rejects.toThrow("[CHECK_SQL]");
});

test("replay_dead_letters and export_dead_letters do what their functions do", async () => {
  await using database = await testDatabase(
    "CREATE TABLE orders (id int PRIMARY KEY, day date, status text, CHECK (status <> 'odd'))",
  );
  const path = await place("orders.csv", "id,day,status\n1,2024-01-01,odd\n2,2024-01-01,paid\n");
  const load = csvToTable({
    name: "orders",
    path,
    target: orders,
    load: upsert({ key: orders.id }),
    rejects: { maxRatio: 1 },
  });
  await runOperator(load, { databaseUrl: database.url });
  const directory = await mkdtemp(join(tmpdir(), "millrace-letters-"));
  const exported = await runOperator(exportDeadLetters({ name: "export", directory, operator: "orders" }), {
    databaseUrl: database.url,
  });
  expect(said(exported)).toMatchObject({ letters: 1 });
  expect((await readdir(directory)).join()).toMatch(/^failures_\w+\.parquet$/);

  const replay = replayDeadLetters({ name: "replay", operator: load });
  const run = async () => said(await runOperator(replay, { databaseUrl: database.url }));
  expect(await run()).toMatchObject({ operator: "orders", replayed: 0, rejected: 1 });
  await database.sql`ALTER TABLE orders DROP CONSTRAINT orders_status_check`;
  expect(await run()).toMatchObject({ replayed: 1, rejected: 0 });
  expect(await database.lines("SELECT id, status FROM orders ORDER BY id")).toEqual(["1 odd", "2 paid"]);
});
