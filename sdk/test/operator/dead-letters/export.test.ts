import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { exportDeadLetters, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, expect, test } from "vitest";
import { createParquetFile } from "../../../src/operator/dead-letters/parquet-file.ts";
import { csvFolder, orders, ordersDatabase, ordersOperator, stopServer, type OrdersDatabase } from "../orders.ts";

afterAll(stopServer);

async function temporaryDirectory() {
  const folder = await mkdtemp(join(tmpdir(), "millrace-export-"));
  return { path: join(folder, "exported"), [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) };
}

async function readParquet(path: string) {
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return {
    rows: await parquetReadObjects({ file, parsers: { timestampFromMicroseconds: (micros: bigint) => micros } }),
    metadata: parquetMetadata(file),
  };
}

/** Dead letters as a run leaves them, of two operators and several kinds. */
async function withDeadLetters(database: OrdersDatabase): Promise<string> {
  const folder = await csvFolder({
    "a.csv":
      'id,day,amount,note\n1,2024-01-01,1,good\nx,2024-01-01,1,"é ""漢字"" 🚲"\n3,2024-01-01\n4,2024-01-01,1,"null\0byte"\n',
  });
  const operator = ordersOperator(upsert({ key: orders.id }), { rejects: { max: 10, maxRatio: 1 } });
  await runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  await database.sql`
    INSERT INTO millrace.dead_letters (operator, partition, run_id, status, code, reason, field, record, source, created_at)
    SELECT 'others', more.day, run_id, more.status, 'REJECTED', 'a "reason"', 'id', '{"big": 12345678901234567890}', 'others.csv', '2024-02-29 23:59:59.123456+00'
    FROM millrace.dead_letters, (VALUES ('2024-01-01', 'open'), ('2024-01-02', 'superseded'), ('2024-01-02', 'replayed')) AS more (day, status)
    WHERE code = 'CSV_FIELDS'`;
  return `${folder}/a.csv`;
}

test("every dead letter is a row of the Parquet file, with its record as JSON text and its moment to the microsecond", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  await using directory = await temporaryDirectory();
  const source = await withDeadLetters(database);
  const { file, letters } = await exportDeadLetters({ databaseUrl: database.url, directory: directory.path });
  expect(letters).toBe(6);
  expect(file).toMatch(/\/exported\/failures_\d{8}T\d{6}Z\.parquet$/);
  expect(await readdir(directory.path)).toHaveLength(1);

  const { rows, metadata } = await readParquet(file!);
  expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual([
    "id",
    "operator",
    "partition",
    "run_id",
    "status",
    "code",
    "reason",
    "field",
    "record",
    "typed",
    "value_types",
    "source",
    "line",
    "byte_offset",
    "created_at",
  ]);
  const table = await database.sql`
    SELECT id::text, run_id::text, trunc(extract(epoch FROM created_at) * 1000000)::text AS micros FROM millrace.dead_letters ORDER BY dead_letters.id`;
  expect(rows.map(({ id, run_id: run }) => [String(id), run])).toEqual(table.map(({ id, run_id: run }) => [id, run]));
  expect(rows.map(({ created_at: at }) => String(at))).toEqual(table.map(({ micros }) => micros));

  const common = { operator: "orders", partition: "", status: "open", source };
  expect(rows.slice(0, 3)).toMatchObject(
    [
      {
        ...common,
        code: "CSV_FIELDS",
        field: null,
        record: '"3,2024-01-01"',
        typed: null,
        line: 4n,
        byte_offset: BigInt((await readFile(source)).indexOf("3,2024-01-01\n")),
      },
      { ...common, code: "SCHEMA", field: "id", line: 3n, typed: false, value_types: null },
      { ...common, code: "TEXT_NUL", field: "note", line: 5n },
    ].toSorted((a, b) => (a.code < b.code ? -1 : 1)),
  );
  const record = (code: string) => JSON.parse(rows.find((row) => row["code"] === code)!["record"] as string) as unknown;
  expect(record("SCHEMA")).toEqual({ id: "x", day: "2024-01-01", amount: "1", note: 'é "漢字" 🚲' });
  expect(record("TEXT_NUL")).toMatchObject({ note: "null\0byte" });
  expect(rows.slice(3)).toMatchObject([
    {
      operator: "others",
      partition: "2024-01-01",
      status: "open",
      line: null,
      byte_offset: null,
      record: '{"big": 12345678901234567890}',
    },
    { operator: "others", partition: "2024-01-02", status: "superseded" },
    { operator: "others", partition: "2024-01-02", status: "replayed" },
  ]);
});

test.for([
  [{ operator: "others" }, 3],
  [{ operator: "orders", partition: "" }, 3],
  [{ operator: "others", partition: "2024-01-02" }, 2],
  [{ status: "open" }, 4],
  [{ operator: "others", partition: "2024-01-02", status: "replayed" }, 1],
] as const)("%j chooses %i of the dead letters", async ([chosen, count]) => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  await using directory = await temporaryDirectory();
  await withDeadLetters(database);
  const { file, letters } = await exportDeadLetters({
    databaseUrl: database.url,
    directory: directory.path,
    ...chosen,
  });
  const { rows } = await readParquet(file!);
  expect([letters, rows.length]).toEqual([count, count]);
  for (const row of rows) expect(row).toMatchObject(chosen);
});

test("where there is no dead letter there is no file", async () => {
  await using database = await ordersDatabase();
  await using directory = await temporaryDirectory();
  const exported = await exportDeadLetters({ databaseUrl: database.url, directory: directory.path });
  expect(exported).toEqual({ file: null, letters: 0 });
  expect(await readdir(directory.path)).toEqual([]);
});

test("a file that is there is not overwritten, and one that fails is not left behind", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  await using directory = await temporaryDirectory();
  await withDeadLetters(database);
  const files = new Set<string | null>();
  const exportOnce = async (signal?: AbortSignal) =>
    await exportDeadLetters({ databaseUrl: database.url, directory: directory.path, ...(signal && { signal }) });
  for (let index = 0; index < 5; index += 1) files.add((await exportOnce()).file); // several within a second
  expect(files.size).toBe(5);
  await expect(exportOnce(AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  expect(await readdir(directory.path)).toHaveLength(5);
});

test("memory stays flat: 120 MB of dead letters are exported with a heap of 64 MB, in many row groups", async () => {
  await using database = await ordersDatabase();
  await using directory = await temporaryDirectory();
  await exportDeadLetters({ databaseUrl: database.url, directory: directory.path }); // makes the tables
  await database.sql`
    INSERT INTO millrace.dead_letters (operator, partition, run_id, code, reason, record, source)
    SELECT 'orders', '', gen_random_uuid(), 'SCHEMA', 'no number', to_json(repeat(md5(n::text), 96)), 'a.csv' FROM generate_series(1, 40000) n`;
  const script = join(import.meta.dirname, "export-dead-letters.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=64",
    script,
    database.url,
    directory.path,
  ]);
  const exported = JSON.parse(stdout) as { file: string; letters: number };
  expect(exported.letters).toBe(40_000);
  const { metadata } = await readParquet(exported.file);
  expect(metadata.num_rows).toBe(40_000n);
  expect(metadata.row_groups.length).toBeGreaterThan(10);
});

test("each row group leaves memory for the file before the next", async () => {
  await using directory = await temporaryDirectory();
  await using file = await createParquetFile(directory.path, [{ name: "text", type: "text", required: true }]);
  const size = async () => (await stat(join(directory.path, (await readdir(directory.path))[0]!))).size;
  const sizes: number[] = [];
  for (let group = 0; group < 3; group += 1) {
    await file.append([[randomBytes(100_000).toString("base64")]]);
    sizes.push(await size());
  }
  for (const [index, bytes] of sizes.entries()) expect(bytes).toBeGreaterThan(100_000 * (index + 1));
  const { rows } = await readParquet(await file.complete("three"));
  expect(rows).toHaveLength(3);
});

test("where the Parquet writer is not installed, that is said", async () => {
  await using database = await ordersDatabase();
  await using directory = await temporaryDirectory();
  // The SDK as it is installed without its optional packages.
  const sdk = join(import.meta.dirname, "../../..");
  const copy = directory.path;
  await mkdir(join(copy, "node_modules/hidden"), { recursive: true });
  for (const part of ["src", "migrations", "package.json"])
    await cp(join(sdk, part), join(copy, part), { recursive: true });
  for (const name of await readdir(join(sdk, "node_modules"))) {
    if (name !== "hyparquet-writer") await symlink(join(sdk, "node_modules", name), join(copy, "node_modules", name));
  }
  await writeFile(
    join(copy, "export.ts"),
    `import { exportDeadLetters } from "./src/index.ts";
     await exportDeadLetters({ databaseUrl: ${JSON.stringify(database.url)}, directory: "out" }).catch((error) => console.log(error.message));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ["export.ts"], { cwd: copy });
  expect(stdout.trim()).toBe(
    "[PARQUET_MISSING] Writing Parquet takes the package hyparquet-writer, which is not installed. Add it to the dependencies.",
  );
});
