import { csv } from "@millrace/sdk";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

// Tables of any text, as another library writes them, come back as they were.
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).map((any) => any.toWellFormed()),
  fc.string({
    unit: fc.constantFrom(",", ";", '"', "\n", "\r", "\r\n", "a", " ", "\\", "\uFEFF", "é", "🚲"),
    maxLength: 8,
  }),
);
const format = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  record_delimiter: fc.constantFrom("\n", "\r\n", "\r"),
  quoted: fc.boolean(),
  bom: fc.boolean(),
});
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(text, { minLength: width, maxLength: width }), { maxLength: 12 }));

test("C27: any table that csv-stringify writes is read as it was", async () => {
  await fc.assert(
    fc.asyncProperty(table, format, fc.nat(15), async (rows, { bom, ...options }, skip) => {
      const names = (rows[0] ?? [""]).map((_, index) => `f${index}`);
      // A single field of nothing is written as an empty line unless it is quoted, and a byte-order mark is not escaped.
      const lines = stringify([names, ...rows], { ...options, quoted_empty: true, quoted_match: /[\r\n\uFEFF]/, bom });
      const folder = await folderOf({ "a.csv": lines });
      const { records, malformed } = await readAll(csv(`${folder}/a.csv`, { delimiter: options.delimiter }), skip);
      expect(malformed).toEqual([]);
      expect(records.map((record) => Object.values(record))).toEqual(rows.slice(skip));
    }),
    { numRuns: 150 },
  );
});

test("no bytes whatever make the reader fail, and every row is a record or malformed wherever it is cut", async () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  const marks = fc.array(fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x61, 0xe9), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, marks), fc.nat(5), async (content, skip) => {
      const folder = await folderOf({ "a.csv": Buffer.from(content) });
      const source = csv(`${folder}/a.csv`, { names: ["a", "b"] });
      const all = await readAll(source);
      const rest = await readAll(source, skip);
      const count = ({ records, malformed }: typeof all) => records.length + malformed.length;
      expect(count(rest)).toBe(Math.max(0, count(all) - skip));
    }),
    { numRuns: 200 },
  );
});
