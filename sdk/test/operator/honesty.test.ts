import { writeFile } from "node:fs/promises";
import { append, csv, defineOperator, deleteInsert, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const HEADER = "id,day,amount,note\n";
const partitioned = dailyOrdersOperator(deleteInsert({ partitionBy: orders.day }));

test("a partition that fails does not stop the others, and the run fails in the end, naming it", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({
    "2024-01-01.csv": `${HEADER}1,2024-01-01,1,a\n`,
    "2024-01-03.csv": `${HEADER}3,2024-01-03,3,c\n`,
  });
  const run = runOperator(partitioned, {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01", "2024-01-02", "2024-01-03"],
  });
  await expect(run).rejects.toThrow('[PARTITIONS_FAILED] 1 of 3 partitions of "daily_orders" failed: 2024-01-02.');
  expect(await database.rows()).toEqual(["1 2024-01-01 1.00 a", "3 2024-01-03 3.00 c"]);
});

test.for([
  ["a partition outside the range", { partitions: ["2024-02-01"], config: { folder: "." } }, "[PARTITION_UNKNOWN]"],
  ["no partition", { config: { folder: "." } }, "[PARTITION_MISSING]"],
  [
    "config that does not match",
    { partitions: ["2024-01-01"], config: { folder: 5 } },
    '[CONFIG_INVALID] The config of operator "daily_orders" does not fit its schema: folder: Invalid input: expected string, received number.',
  ],
  [
    "an unknown field in the config",
    { partitions: ["2024-01-01"], config: { folder: ".", foldr: "x" } },
    'Unrecognized key: "foldr"',
  ],
  ["a missing file", { partitions: ["2024-01-01"], config: { folder: "nowhere" } }, "[SOURCE_NOT_FOUND]"],
] as const)("%s is a clear error", async ([, options, message]) => {
  await using database = await ordersDatabase();
  const run = runOperator(partitioned, { databaseUrl: database.url, ...options });
  await expect(run).rejects.toThrow(message);
});

test.for([
  ["nobody listens there", "postgresql://me:secret@127.0.0.1:1/db", "[DATABASE_UNREACHABLE]"],
  ["it is no URL", "postgresql//me:secret@x", "[DATABASE_URL_INVALID]"],
  ["it is empty", "", "[DATABASE_URL_MISSING]"],
] as const)("C28: a DATABASE_URL is refused without its password where %s", async ([, databaseUrl, code]) => {
  const error = await runOperator(ordersOperator(append()), { databaseUrl, config: { file: "a.csv" } }).catch(
    (reason: unknown) => reason as Error,
  );
  expect(String(error)).toContain(code);
  expect(String(error)).not.toContain("secret");
});

test("a database that does not exist is named", async () => {
  await using database = await ordersDatabase();
  const url = new URL(database.url);
  url.pathname = "/nowhere";
  const run = runOperator(ordersOperator(append()), { databaseUrl: url.href, config: { file: "a.csv" } });
  await expect(run).rejects.toThrow(/\[DATABASE_MISSING\].*"nowhere"/);
});

test("C11: what does not fit in the target is said before a byte is read, all at once", async () => {
  await using database = await ordersDatabase();
  await database.sql`ALTER TABLE orders DROP COLUMN note, ALTER COLUMN id TYPE text`;
  const run = runOperator(ordersOperator(upsert({ key: orders.id })), {
    databaseUrl: database.url,
    config: { file: "nowhere.csv" },
  });
  await expect(run).rejects.toThrow(
    '[PREFLIGHT] public.orders is not ready to be loaded: column "id" is text, and integer in the drizzle table; ' +
      'column "note" (text) is missing; no unique index on (id), which the upsert needs.',
  );
});

test("C11: a file with another header fails the partition, even where no record follows, and its rows stay", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": `${HEADER}1,2024-01-01,1,a\n` });
  const options = { databaseUrl: database.url, config: { folder }, partitions: ["2024-01-01"] };
  await runOperator(partitioned, options);
  await writeFile(`${folder}/2024-01-01.csv`, "<html>404</html>\n");
  await expect(runOperator(partitioned, options)).rejects.toThrow(
    "[SOURCE_FIELDS] " + `${folder}/2024-01-01.csv has no "id", "day", "amount", "note"; it has <html>404</html>.`,
  );
  expect(await database.rows()).toHaveLength(1);
});

test("an error thrown by a transform fails the run as itself", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "a.csv": `${HEADER}1,2024-01-01,1,a\n` });
  const broken = defineOperator({
    name: "broken",
    extract: () => csv(`${folder}/a.csv`),
    transform: (): never => {
      throw new TypeError("a bug in the transform");
    },
    target: orders,
    load: append(),
  });
  const error = await runOperator(broken, { databaseUrl: database.url }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toBe("TypeError: a bug in the transform");
});

test("C3: a run that was given up can not commit once another has begun", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "2024-01-01.csv": `${HEADER}1,2024-01-01,1,old\n` });
  const options = { databaseUrl: database.url, config: { folder }, partitions: ["2024-01-01"] };
  await runOperator(partitioned, options);
  // Hold the partition's lock, so that the zombie waits with its rows staged.
  const holder = await database.sql.reserve();
  await holder`SELECT pg_advisory_lock(hashtextextended('millrace public.orders 2024-01-01', 0))`;
  const zombie = runOperator(partitioned, options).catch((error: unknown) => error as Error);
  const waiting = async () => {
    const [row] = await holder`SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    return row?.["n"] as number;
  };
  while ((await waiting()) < 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const successor = runOperator(partitioned, options);
  while ((await waiting()) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await holder`SELECT pg_advisory_unlock_all()`;
  holder.release();
  expect(String(await zombie)).toContain("[FENCED]");
  expect((await successor).materializations[0]?.metadata).toMatchObject({ read: 1, unchanged: 1 });
});

test("an aborted run stops, loads nothing and says so in the ledger", async () => {
  await using database = await ordersDatabase();
  const lines = Array.from({ length: 200_000 }, (_, id) => `${id},2024-01-01,1,x\n`).join("");
  const folder = await csvFolder({ "2024-01-01.csv": HEADER + lines });
  const controller = new AbortController();
  const run = runOperator(partitioned, {
    databaseUrl: database.url,
    config: { folder },
    partitions: ["2024-01-01"],
    signal: controller.signal,
  });
  const staged = async () =>
    (
      await database.sql`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'millrace daily_orders%' AND query LIKE '%COPY%'`
    ).length;
  while ((await staged()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(new Error("stop"));
  await expect(run).rejects.toThrow("stop");
  expect(await database.rows()).toEqual([]);
  const [ledger] = await database.sql`SELECT status FROM millrace.runs`;
  expect(ledger).toEqual({ status: "failed" });
});
