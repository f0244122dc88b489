import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

const data = join(import.meta.dirname, "..", "data");

async function count(pattern: string): Promise<{ files: number; rows: number; headers: string[] }> {
  const files = await Array.fromAsync(glob(pattern, { cwd: data }));
  const texts = await Promise.all(files.map(async (file) => gunzipSync(await readFile(join(data, file))).toString()));
  const rows = texts.reduce((sum, text) => sum + text.split("\n").length - 2, 0);
  return { files: files.length, rows, headers: [...new Set(texts.map((text) => text.split("\n")[0] ?? ""))] };
}

test.each([
  { pattern: "flights/*.csv.gz", files: 365, rows: 336_776, begins: "year,month,day,dep_time," },
  { pattern: "weather/*.csv.gz", files: 365, rows: 26_115, begins: "origin,year,month,day,hour," },
  { pattern: "planes.csv.gz", files: 1, rows: 3_322, begins: "tailnum,year,type," },
  { pattern: "airports.csv.gz", files: 1, rows: 1_458, begins: "faa,name,lat,lon," },
  { pattern: "airlines.csv.gz", files: 1, rows: 16, begins: "carrier,name" },
])("$pattern: $rows rows in $files files", async ({ pattern, files, rows, begins }) => {
  const found = await count(pattern);
  expect(found).toMatchObject({ files, rows });
  expect(found.headers).toEqual([expect.stringMatching(`^${begins}`)]);
});
