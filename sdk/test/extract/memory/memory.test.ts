import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { execa } from "execa";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { folderOf } from "../read.ts";

interface Read {
  readonly read: number;
  readonly held: number;
  readonly more: number;
  readonly error: string | null;
}

async function readInChild(kind: string, name: string, contents: readonly [Buffer, number][]): Promise<Read[]> {
  const files: string[] = [];
  for (const [content, records] of contents)
    files.push(join(await folderOf({ [name]: content }), name), String(records));
  const child = ["--expose-gc", join(import.meta.dirname, "read-child.ts"), kind, ...files];
  return JSON.parse((await execa(process.execPath, child)).stdout) as Read[];
}

const NOTE = "n".repeat(80);
const lines = (rows: number, line: (id: number) => string) =>
  Array.from({ length: rows }, (_, id) => line(id)).join("");
const asCsv = (rows: number) => `id,note\n${lines(rows, (id) => `${id},${NOTE}\n`)}`;
const asJsonl = (rows: number) => lines(rows, (id) => `{"id":${id},"note":"${NOTE}"}\n`);
const asParquet = (rows: number) =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "id", type: "INT32", data: Array.from({ length: rows }, (_, id) => id) },
        { name: "note", type: "STRING", data: Array.from({ length: rows }, (_, id) => `${id} ${NOTE}`) },
      ],
      rowGroupSize: 5_000,
      codec: "UNCOMPRESSED",
    }),
  );

const ROWS = 10_000;
/** In MiB: ten times as many rows are 8 MiB more of text, and more than that as records. */
const NOISE = 4;

test.for<[string, string, string, (rows: number) => Buffer]>([
  ["CSV", "csv", "a.csv", (rows) => Buffer.from(asCsv(rows))],
  ["CSV in gzip", "csv", "a.csv.gz", (rows) => gzipSync(asCsv(rows), { level: 1 })],
  ["CSV in zstd", "csv", "a.csv.zst", (rows) => zstdCompressSync(asCsv(rows))],
  ["CSV in another encoding", "csv-utf-16", "a.csv", (rows) => Buffer.from(asCsv(rows), "utf16le")],
  ["JSON Lines", "jsonl", "a.jsonl", (rows) => Buffer.from(asJsonl(rows))],
  ["Parquet", "parquet", "a.parquet", asParquet],
])("a source holds no more of ten times as many rows: %s", async ([, kind, name, content]) => {
  const [few, many] = await readInChild(kind, name, [
    [content(ROWS), ROWS],
    [content(ROWS * 10), ROWS * 10],
  ]);
  expect([few!.read, many!.read]).toEqual([ROWS, ROWS * 10]);
  expect(many!.held - few!.held).toBeLessThan(NOISE);
});

const LONG = "x".repeat(96 * 1024 * 1024);

test.for<[string, string, string, string, RegExp | null]>([
  [
    "CSV",
    "csv",
    "a.csv.gz",
    `id\n"${LONG}"\n1\n`,
    /^\[CSV_ROW_TOO_LONG\] The row at line 2 is longer than 1000000 bytes/,
  ],
  ["JSON Lines", "jsonl", "a.jsonl.gz", `{"a":"${LONG}"}\n{"a":1}\n`, null],
])("a record without end is refused before it is in memory: %s", async ([, kind, name, content, message]) => {
  const [long] = await readInChild(kind, name, [[gzipSync(content, { level: 1 }), 1]]);
  if (message === null) expect(long).toMatchObject({ read: 1, error: null });
  else expect(long!.error).toMatch(message);
  expect(long!.more).toBeLessThan(60);
});
