import { appendFile, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { csv } from "@millrace/sdk";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

const ids = (from: number, to: number) =>
  `id\n${Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join("")}`;

async function idsOf(paths: string | readonly string[], skip = 0): Promise<number[]> {
  return (await readAll(csv(paths), skip)).records.map(({ id }) => Number(id));
}

test.for<[string, string, Buffer]>([
  ["gzip", "a.csv.gz", gzipSync(ids(0, 3))],
  ["gzip members one after the other", "a.csv.gz", Buffer.concat([gzipSync(ids(0, 2)), gzipSync("2\n")])],
  ["gzip with zeros behind, as tapes pad", "a.csv.gz", Buffer.concat([gzipSync(ids(0, 3)), Buffer.alloc(600_000)])],
  ["gzip without the name", "a.csv", gzipSync(ids(0, 3))],
  ["zstd", "a.csv.zst", zstdCompressSync(ids(0, 3))],
  [
    "zstd frames one after the other",
    "a.csv.zst",
    Buffer.concat([zstdCompressSync(ids(0, 2)), zstdCompressSync("2\n")]),
  ],
  ["zstd without the name", "a.csv", zstdCompressSync(ids(0, 3))],
  ["nothing", "a.csv", Buffer.from(ids(0, 3))],
])("a file compressed by %s", async ([, name, content]) => {
  const folder = await folderOf({ [name]: content });
  expect(await idsOf(`${folder}/${name}`)).toEqual([0, 1, 2]);
});

test("large zstd files, whose frames end anywhere, are read whole", async () => {
  const frames: Buffer[] = [zstdCompressSync("id\n")];
  for (let from = 0; from < 200_000; from += 13_331)
    frames.push(zstdCompressSync(ids(from, Math.min(200_000, from + 13_331)).slice(3)));
  const folder = await folderOf({ "a.csv.zst": Buffer.concat(frames) });
  const all = await idsOf(`${folder}/a.csv.zst`);
  expect(all.length).toBe(200_000);
  expect(all.every((id, index) => id === index)).toBe(true);
});

const random = Array.from({ length: 5000 }, (_, id) => `${id},${Math.sqrt(id)}\n`).join("");
test.for<[string, string, Buffer]>([
  ["gzip", "a.gz", gzipSync(`a,b\n${random}`).subarray(0, -100)],
  ["zstd", "a.zst", zstdCompressSync(`a,b\n${random}`).subarray(0, -100)],
  [
    "a second zstd frame",
    "a.zst",
    Buffer.concat([zstdCompressSync("a,b\n1,2\n"), zstdCompressSync(random).subarray(0, 50)]),
  ],
  [
    "zstd with something else behind",
    "a.zst",
    Buffer.concat([zstdCompressSync("a,b\n1,2\n"), Buffer.from("something else")]),
  ],
  ["an empty gzip file", "a.gz", Buffer.alloc(0)],
  ["an empty zstd file", "a.zst", Buffer.alloc(0)],
  ["a gzip name on plain text", "a.gz", Buffer.from("a,b\n1,2\n")],
])("what is cut off or damaged is corrupt, not short: %s", async ([, name, content]) => {
  const folder = await folderOf({ [name]: content });
  await expect(readAll(csv(`${folder}/${name}`))).rejects.toThrow("[SOURCE_CORRUPT]");
});

/** A gzip file of so many bytes. */
function gzipOf(bytes: number): Buffer {
  const empty = gzipSync("id\n0", { level: 0 }).length;
  const near = gzipSync(`id\n${"0".repeat(bytes - 2 * empty)}`, { level: 0 }).length;
  return gzipSync(`id\n${"0".repeat(bytes - 2 * empty + bytes - near)}`, { level: 0 });
}

// A chunk that is read has 256 KiB: the end of what is compressed may be its end, too.
test.for([gzipSync(ids(0, 3)), gzipOf(256 * 1024), gzipOf(256 * 1024 - 10)])(
  "what follows a gzip file's end is told, and not left out",
  async (whole) => {
    expect([whole.length < 100, whole.length === 256 * 1024, whole.length === 256 * 1024 - 10]).toContain(true);
    const zeros = (count: number) => Buffer.alloc(count);
    const another = gzipSync(ids(0, 3));
    for (const behind of [
      [Buffer.from("something else")],
      [zeros(10), Buffer.from("x")],
      [zeros(10), another],
      [zeros(600_000), Buffer.from("x")],
      [another, zeros(1), another],
    ]) {
      const folder = await folderOf({ "a.csv.gz": Buffer.concat([whole, ...behind]) });
      await expect(readAll(csv(`${folder}/a.csv.gz`))).rejects.toThrow(
        /^\[SOURCE_CORRUPT\].* something else follows its end/,
      );
    }
    const folder = await folderOf({ "a.csv.gz": Buffer.concat([whole, zeros(600_000)]) });
    expect((await idsOf(`${folder}/a.csv.gz`)).length).toBeGreaterThan(0);
  },
);

test("a directory, a glob and a list are read file by file, in an order that stays", async () => {
  const folder = await folderOf({
    "b.csv": ids(2, 4),
    "a.csv": ids(0, 2),
    "c/d.csv.gz": gzipSync(ids(4, 6)),
    _SUCCESS: "",
    ".a.csv.crc": "x",
    "_temporary/e.csv": ids(100, 101),
  });
  expect(await idsOf(folder)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await idsOf(`${folder}/*.csv`)).toEqual([0, 1, 2, 3]);
  expect(await idsOf(`${folder}/**/*.{csv,csv.gz}`)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await idsOf(`${folder}/[bc]*`)).toEqual([2, 3]);
  expect(await idsOf(`${relative(".", folder)}/*.csv`)).toEqual([0, 1, 2, 3]);
  expect(await idsOf([`${folder}/b.csv`, `${folder}/a.csv`, folder])).toEqual([2, 3, 0, 1, 4, 5]);
  for (let skip = 0; skip <= 7; skip += 1) expect(await idsOf(folder, skip)).toEqual([0, 1, 2, 3, 4, 5].slice(skip));
});

test("a file whose name looks like a glob is that file", async () => {
  const folder = await folderOf({ "[1]*.csv": ids(0, 1), "1.csv": ids(1, 2) });
  expect(await idsOf(`${folder}/[1]*.csv`)).toEqual([0]);
});

test("links are followed, and a directory that a glob matches is no file", async () => {
  const folder = await folderOf({ "kept/a.csv": ids(0, 2), "in/x": "" });
  await symlink(`${folder}/kept/a.csv`, `${folder}/in/a.csv`);
  await mkdir(`${folder}/in/b.csv`);
  expect(await idsOf(`${folder}/in/*.csv`)).toEqual([0, 1]);
});

test("each malformed line and record names its own file", async () => {
  const folder = await folderOf({ "a.csv": "id,x\n1,2\n3\n", "b.csv": "x,id\n4,5\n6,7,8\n" });
  const { records, places, malformed } = await readAll(csv(`${folder}/*.csv`));
  expect(records).toEqual([
    { id: "1", x: "2" },
    { x: "4", id: "5" },
  ]);
  expect(places.map(({ source, line }) => [source, line])).toEqual([
    [`${folder}/a.csv`, 2],
    [`${folder}/b.csv`, 2],
  ]);
  expect(malformed.map(({ source, line, byteOffset }) => [source, line, byteOffset])).toEqual([
    [`${folder}/a.csv`, 3, 9],
    [`${folder}/b.csv`, 3, 9],
  ]);
});

test.for<[string, (folder: string) => string | string[], string]>([
  ["a file", (folder) => `${folder}/b.csv`, "[SOURCE_NOT_FOUND] There is no file"],
  ["a glob", (folder) => `${folder}/*.txt`, "[SOURCE_NOT_FOUND] There is no file that matches"],
  ["an empty directory", (folder) => `${folder}/empty`, "[SOURCE_NOT_FOUND] There is no file in the directory"],
  ["one of a list", (folder) => [`${folder}/a.csv`, `${folder}/b.csv`], "b.csv"],
  ["an empty list", () => [], "[SOURCE_NOT_FOUND] The source is an empty list"],
  ["a path through a file", (folder) => `${folder}/a.csv/b.csv`, "[SOURCE_NOT_FOUND]"],
])("%s that is not there is an error, not an empty source", async ([, paths, message]) => {
  const folder = await folderOf({ "a.csv": ids(0, 1) });
  await mkdir(`${folder}/empty`);
  await expect(async () => await csv(paths(folder)).fingerprint()).rejects.toThrow(message);
  await expect(async () => await readAll(csv(paths(folder)))).rejects.toThrow(message);
});

test("files with other fields are refused before any row is read", async () => {
  const folder = await folderOf({ "a.csv": "id,x\n1,2\n", "b.csv": "id,y\n1,2\n" });
  const batches = csv(`${folder}/*.csv`).open({ signal: new AbortController().signal, skip: 0 });
  await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow(
    /\[CSV_HEADER\] .*b\.csv has other fields than .*a\.csv: missing "x", added "y"/,
  );
});

test("the fingerprint tells of a file changed, added or taken away, and of nothing else", async () => {
  const folder = await folderOf({ "a.csv": ids(0, 1), "b.csv": ids(1, 2), _started: "" });
  const print = () => csv(folder).fingerprint();
  const before = await print();
  expect(await print()).toBe(before);
  await writeFile(`${folder}/_SUCCESS`, "");
  expect(await print()).toBe(before);
  await writeFile(`${folder}/a.csv`, ids(5, 6)); // as long as it was
  const changed = await print();
  expect(changed).not.toBe(before);
  await writeFile(`${folder}/c.csv`, ids(2, 3));
  const added = await print();
  expect(added).not.toBe(changed);
  await utimes(`${folder}/c.csv`, 1, 1);
  expect(await print()).not.toBe(added);
});

test("what is read are the files of the fingerprint: one that came later is left for the next run", async () => {
  const folder = await folderOf({ "a.csv": ids(0, 1) });
  const source = csv(folder);
  await source.fingerprint();
  await writeFile(`${folder}/b.csv`, ids(1, 2));
  expect((await readAll(source)).records.length).toBe(1);
  await source.fingerprint();
  expect((await readAll(source)).records.length).toBe(2);
});

test("a file that is changed after its fingerprint, or while it is read, is an error that may pass", async () => {
  const folder = await folderOf({ "a.csv": ids(0, 400_000) });
  const source = csv(`${folder}/a.csv`);
  await source.fingerprint();
  await appendFile(`${folder}/a.csv`, "1\n");
  await expect(readAll(source)).rejects.toMatchObject({ code: "SOURCE_MOVING", kind: "retryable" });
  await source.fingerprint();
  const reading = async () => {
    for await (const { records } of source.open({ signal: new AbortController().signal, skip: 0 }))
      if (records.some(({ id }) => id === "10")) await appendFile(`${folder}/a.csv`, "2\n");
  };
  await expect(reading()).rejects.toMatchObject({ code: "SOURCE_MOVING" });
});

test("reading ends with its signal, and with its reader", async () => {
  const folder = await folderOf({ "a.csv.gz": gzipSync(ids(0, 400_000)) });
  const stop = new AbortController();
  const reading = async () => {
    for await (const _ of csv(`${folder}/a.csv.gz`).open({ signal: stop.signal, skip: 0 })) stop.abort();
  };
  await expect(reading()).rejects.toThrow("aborted");
  for await (const { records } of csv(`${folder}/a.csv.gz`).open({ signal: new AbortController().signal, skip: 0 })) {
    expect(records.length).toBeGreaterThan(0);
    break;
  }
});
