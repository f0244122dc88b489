import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { csv, jsonl, parquet } from "@millrace/sdk";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openBucket, type S3Bucket } from "./s3-server.ts";
import { readAll } from "./read.ts";

let bucket: S3Bucket;

beforeAll(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.server.requests.splice(0));
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
});

async function put(key: string, content: string | Buffer): Promise<void> {
  await bucket.client.send(new PutObjectCommand({ Bucket: "data", Key: key, Body: content }));
}

const ids = (from: number, to: number) =>
  `id\n${Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join("")}`;
const idsOf = async (paths: string | readonly string[], skip = 0) =>
  (await readAll(csv(paths), skip)).records.map(({ id }) => Number(id));

test("an object, a prefix, a glob and a list are read object by object, by name", async () => {
  await put("days/b.csv", ids(2, 4));
  await put("days/a.csv", ids(0, 2));
  await put("days/c/d.csv.gz", gzipSync(ids(4, 6)));
  await put("days/_SUCCESS", "x");
  await put("days/c/", "x");
  await put("days2/x.csv", ids(100, 101));
  await put("strange/[1]*.csv", ids(7, 8));
  expect(await idsOf("s3://data/days/b.csv")).toEqual([2, 3]);
  expect(await idsOf("s3://data/days/")).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await idsOf("s3://data/days")).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await idsOf("s3://data/days/*.csv")).toEqual([0, 1, 2, 3]);
  expect(await idsOf("s3://data/day*/**/*.csv")).toEqual([0, 1, 2, 3, 100]);
  expect(await idsOf("s3://data/strange/[1]*.csv")).toEqual([7]);
  expect(await idsOf(["s3://data/days2/x.csv", "s3://data/days/a.csv"], 1)).toEqual([0, 1]);
  expect(csv("s3://data/days/").local).toBe(false);
});

test("reading goes on behind the last byte that came, however often the connection is lost", async () => {
  const content = ids(0, 300_000);
  await put("long.csv", content);
  bucket.server.cutAfter(700_000, 0, 1, 600_000, 0);
  const all = await idsOf("s3://data/long.csv");
  expect(all.length).toBe(300_000);
  expect(all.every((id, index) => id === index)).toBe(true);
  expect(bucket.server.requests.length).toBe(6);
  const end = content.length - 1;
  // moto's answer comes through the proxy in pieces, but not a byte of it is asked for twice.
  const starts = bucket.server.requests.map((one) => Number(/bytes=(\d+)-(\d+)$/.exec(one)?.[1]));
  expect(starts[0]).toBe(0);
  expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
  expect(new Set(bucket.server.requests.map((one) => one.split("-").at(-1)))).toEqual(new Set([String(end)]));
});

test("a connection that is lost again and again without a byte is an error that may pass", async () => {
  await put("lost.csv", ids(0, 10));
  bucket.server.cutAfter(0, 0, 0, 0, 0);
  await expect(readAll(csv("s3://data/lost.csv"))).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
    kind: "retryable",
  });
  expect(bucket.server.requests.length).toBe(5);
});

test("an object that is replaced while it is read is an error that may pass, and has another fingerprint", async () => {
  await put("moving.csv", ids(0, 300_000));
  const source = csv("s3://data/moving.csv");
  const before = await source.fingerprint();
  expect(await source.fingerprint()).toBe(before);
  bucket.server.cutAfter(500_000);
  const reading = async () => {
    for await (const { records } of source.open({ signal: AbortSignal.timeout(60_000), skip: 0 }))
      if (records.some(({ id }) => id === "10")) await put("moving.csv", ids(5, 300_005));
  };
  await expect(reading()).rejects.toMatchObject({ code: "SOURCE_MOVING", kind: "retryable" });
  expect(await source.fingerprint()).not.toBe(before);
});

test("the fingerprint tells of an object added to a prefix", async () => {
  await put("added/a.csv", ids(0, 1));
  const print = () => csv("s3://data/added/").fingerprint();
  const before = await print();
  expect(await print()).toBe(before);
  await put("added/b.csv", ids(1, 2));
  expect(await print()).not.toBe(before);
});

test.for([
  ["s3://data/none.csv", "[SOURCE_NOT_FOUND] There is no file s3://data/none.csv"],
  ["s3://data/none/", "[SOURCE_NOT_FOUND]"],
  ["s3://data/none/*.csv", "[SOURCE_NOT_FOUND] There is no file that matches"],
  ["s3://nobucket/a.csv", "[SOURCE_NOT_FOUND]"],
  ["s3://", "[S3_URI]"],
])("%s is an error, not an empty source", async ([uri, message]) => {
  await expect(async () => await readAll(csv(uri!))).rejects.toThrow(message);
});

test("JSON Lines and Parquet are read from there too, Parquet by ranges", async () => {
  await put("a.jsonl", '{"a":1}\n{"a":9007199254740993}\nx\n');
  expect(await readAll(jsonl("s3://data/a.jsonl"))).toMatchObject({
    records: [{ a: 1 }, { a: 9007199254740993n }],
    malformed: [{ source: "s3://data/a.jsonl", line: 3, byteOffset: 31 }],
  });
  await put("rows.parquet", await readFile(join(import.meta.dirname, "parquet-files/rows-v2.parquet")));
  bucket.server.requests.splice(0);
  bucket.server.cutAfter(100);
  const { records } = await readAll(parquet("s3://data/rows.parquet", { columns: ["id"] }), 2000);
  expect(records.length).toBe(1000);
  expect(records[0]).toEqual({ id: 2000n });
});

test("what follows an object's gzip end is told, and not left out", async () => {
  const lines = gzipSync('{"a":1}\n');
  await put("padded.jsonl.gz", Buffer.concat([lines, Buffer.alloc(100)]));
  expect((await readAll(jsonl("s3://data/padded.jsonl.gz"))).records).toEqual([{ a: 1 }]);
  await put("behind.jsonl.gz", Buffer.concat([lines, Buffer.alloc(100), lines]));
  await expect(readAll(jsonl("s3://data/behind.jsonl.gz"))).rejects.toThrow("something else follows its end");
});

test("how much of all objects has been read is told in stored bytes", async () => {
  const compressed = gzipSync(ids(4, 6));
  await put("sizes/a.csv", ids(0, 2));
  await put("sizes/b.csv.gz", compressed);
  const totalBytes = Buffer.byteLength(ids(0, 2)) + compressed.length;
  const told: unknown[] = [];
  const onRead = (read: unknown) => void told.push(read);
  const { signal } = new AbortController();
  for await (const _ of csv("s3://data/sizes/").open({ signal, skip: 0, onRead }));
  expect(told.at(0)).toEqual({ bytes: Buffer.byteLength(ids(0, 2)), totalBytes });
  expect(told.at(-1)).toEqual({ bytes: totalBytes, totalBytes });
});
