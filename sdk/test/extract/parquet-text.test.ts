import { parquet } from "@millrace/sdk";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

test.for([
  ["ASCII", (id: number) => `${id} ${"x".repeat(id % 200)}`],
  ["any", (id: number) => (id % 3 === 0 ? `${id} é漢🚲${"\uFFFD".repeat(id % 4)}` : `${id}`)],
] as const)(
  "texts that stand one behind the other, without a dictionary, are read from any row: %s",
  async ([, text]) => {
    const data = Array.from({ length: 12_000 }, (_, id) => (id % 7 === 0 ? null : text(id)));
    const buffer = parquetWriteBuffer({
      columnData: [{ name: "text", type: "STRING", data, nullable: true, encoding: "PLAIN" }],
      pageSize: 20_000,
      rowGroupSize: 11_000,
    });
    const folder = await folderOf({ "a.parquet": Buffer.from(buffer) });
    for (const skip of [0, 1, 5_003, 10_999, 11_500]) {
      const { records } = await readAll(parquet(`${folder}/a.parquet`), skip);
      expect(records.map((record) => record["text"])).toEqual(data.slice(skip));
    }
  },
);
