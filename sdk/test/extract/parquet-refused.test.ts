import { parquet } from "@millrace/sdk";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

test.for([["__proto__"], [""], ["a", "a"]])(
  "columns that can not name a record's fields are refused: %j",
  async (names) => {
    const columnData = names.map((name) => ({ name, type: "INT32" as const, data: [1] }));
    const folder = await folderOf({ "a.parquet": Buffer.from(parquetWriteBuffer({ columnData })) });
    await expect(readAll(parquet(`${folder}/a.parquet`))).rejects.toThrow(
      `[PARQUET_COLUMNS] The columns of ${folder}/a.parquet can not name a record's fields`,
    );
  },
);

test("a column with fewer rows than the file says is corrupt", async () => {
  const columnData = [{ name: "a", type: "INT32" as const, data: [1, 2, 3] }];
  const whole = Buffer.from(parquetWriteBuffer({ columnData, codec: "UNCOMPRESSED" }));
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  // Thrift's compact protocol writes the number of rows as twice that: in the footer each 6 in turn.
  let tried = 0;
  for (let at = footer; at < whole.length - 8; at += 1) {
    if (whole[at] !== 6) continue;
    const more = Buffer.from(whole);
    more[at] = 10;
    const folder = await folderOf({ "a.parquet": more });
    const read = await readAll(parquet(`${folder}/a.parquet`)).catch((error: unknown) => error as Error);
    if (read instanceof Error) tried += Number(read.message.includes("fewer rows than its row group"));
    else expect(read.records.map(({ a }) => a)).toEqual([1, 2, 3]);
  }
  expect(tried).toBeGreaterThan(0);
});
