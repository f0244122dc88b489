import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { runOperator } from "@millrace/sdk/testing";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ordersDatabase, stopServer } from "../../operator/orders.ts";
import { folderOf } from "../read.ts";
import { openBucket, type S3Bucket } from "../s3-server.ts";
import { NUMBERS, NUMBERS_INDEX, numbersOperator } from "./numbers.ts";

let bucket: S3Bucket;

beforeAll(async () => {
  bucket = await openBucket();
});
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  await stopServer();
});

const EACH = 5_000;
/** In the second file, when the first is committed and some of this one. */
const KILLED_AT = 2 * EACH - 10;
const numbersOf = (file: number) =>
  `n\n${Array.from({ length: EACH }, (_, index) => `${file * EACH + index}\n`).join("")}`;

/** Where three files are, and how they are changed. */
interface Place {
  readonly path: string;
  put(name: string, content: string): Promise<void>;
  remove(name: string): Promise<void>;
}

async function place(kind: string): Promise<Place> {
  const folder = await folderOf({});
  const local = {
    put: (name: string, content: string) => writeFile(join(folder, name), content),
    remove: (name: string) => rm(join(folder, name)),
  };
  const prefix = `${kind}-${Math.random()}/`;
  const places: Record<string, Place> = {
    glob: { path: `${folder}/*.csv`, ...local },
    directory: { path: folder, ...local },
    "S3 prefix": {
      path: `s3://data/${prefix}`,
      put: async (name, content) =>
        void (await bucket.client.send(new PutObjectCommand({ Bucket: "data", Key: prefix + name, Body: content }))),
      remove: async (name) =>
        void (await bucket.client.send(new DeleteObjectCommand({ Bucket: "data", Key: prefix + name }))),
    },
  };
  const made = places[kind]!;
  for (const [index, name] of ["a.csv", "b.csv", "c.csv"].entries()) await made.put(name, numbersOf(index));
  return made;
}

async function killed(databaseUrl: string, { path }: Place, strategy: string): Promise<void> {
  const child = [join(import.meta.dirname, "killed-child.ts"), databaseUrl, path, strategy, String(KILLED_AT)];
  const { signal } = await execa(process.execPath, child, { reject: false });
  expect(signal).toBe("SIGKILL");
}

async function numbersDatabase(strategy: string) {
  const database = await ordersDatabase();
  await database.sql.unsafe(`${NUMBERS}; ${strategy === "append" ? "" : NUMBERS_INDEX}`);
  const rows = async () => (await database.sql<{ n: number }[]>`SELECT n FROM numbers ORDER BY n`).map(({ n }) => n);
  return { url: database.url, rows, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test.for(["glob", "directory", "S3 prefix"])(
  "C1: killed in the second of three files, a load goes on there, and takes nothing of the first again: %s",
  async (kind) => {
    await using database = await numbersDatabase("append");
    const files = await place(kind);
    await killed(database.url, files, "append");
    const committed = (await database.rows()).length;
    expect(await database.rows()).toEqual(upTo(committed));
    expect(committed).toBeGreaterThan(EACH);
    expect(committed).toBeLessThanOrEqual(KILLED_AT);
    const taken: number[] = [];
    const operator = numbersOperator(files.path, "append", (n) => taken.push(n));
    const { materializations } = await runOperator(operator, { databaseUrl: database.url });
    expect(taken).toEqual(upTo(3 * EACH).slice(committed));
    expect(materializations[0]?.metadata).toMatchObject({ start: "resume", read: 3 * EACH, inserted: 3 * EACH });
    expect(await database.rows()).toEqual(upTo(3 * EACH));
  },
);

test.for<[string, string, (files: Place) => Promise<void>, number[]]>([
  ["added", "directory", (files) => files.put("d.csv", numbersOf(3)), upTo(4 * EACH)],
  ["removed", "glob", (files) => files.remove("c.csv"), upTo(2 * EACH)],
  ["changed", "glob", (files) => files.put("a.csv", `${numbersOf(0)}-1\n`), [-1, ...upTo(3 * EACH)]],
  [
    "changed and as long as it was",
    "S3 prefix",
    (files) => files.put("c.csv", numbersOf(2).replace("10000", "99999")),
    [...upTo(3 * EACH).filter((n) => n !== 2 * EACH), 99_999],
  ],
])("C1: a file that is %s between a killed attempt and the next is noticed: %s", async ([, kind, change, expected]) => {
  const files = await place(kind);
  await using appended = await numbersDatabase("append");
  await using merged = await numbersDatabase("upsert");
  await killed(appended.url, files, "append");
  await killed(merged.url, files, "upsert");
  await change(files);
  const before = await appended.rows();
  const run = (strategy: string, databaseUrl: string) =>
    runOperator(
      numbersOperator(files.path, strategy, () => {}),
      { databaseUrl },
    );
  await expect(run("append", appended.url)).rejects.toThrow("[SOURCE_CHANGED]");
  expect(await appended.rows()).toEqual(before);
  const { materializations } = await run("upsert", merged.url);
  expect(materializations[0]?.metadata).toMatchObject({ start: "fresh", read: expected.length });
  expect(await merged.rows()).toEqual(expected);
});
