import { csv } from "@millrace/sdk";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect } from "vitest";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { text } from "../texts.ts";

const format = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  record_delimiter: fc.constantFrom("\n", "\r\n", "\r"),
  quoted: fc.boolean(),
  bom: fc.boolean(),
});
const rowsOf = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(text, { minLength: width, maxLength: width }), { maxLength: 12 }));

export const stringified: FuzzProperty = {
  name: "csv: any table that csv-stringify writes is read as it was",
  cases: 150,
  open: async (place) =>
    holds(
      fc.record({ rows: rowsOf, format, skip: fc.nat(15) }),
      async ({ rows, format: { bom, ...options }, skip }) => {
        const names = (rows[0] ?? [""]).map((_, index) => `f${index}`);
        // A single field of nothing is written as an empty line unless it is quoted, and a byte-order mark is not escaped.
        const lines = stringify([names, ...rows], {
          ...options,
          quoted_empty: true,
          quoted_match: /[\r\n\uFEFF]/,
          bom,
        });
        const path = await place.write("b.csv", lines);
        const { records, malformed } = await read(csv(path, { delimiter: options.delimiter }), skip);
        expect(malformed).toEqual([]);
        expect(records.map(({ record }) => names.map((name) => record[name]))).toEqual(rows.slice(skip));
      },
    ),
};
