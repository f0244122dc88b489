import { csv } from "@millrace/sdk";
import fc from "fast-check";
import { expect } from "vitest";
import { cuts, inFrames } from "../cuts.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { encode, expectedRows, write, writtenTable } from "./tables.ts";

export const readBack: FuzzProperty = {
  name: "csv: any table is read as it was written, wherever its bytes are cut and from any row",
  cases: 250,
  open: async (place) =>
    holds(fc.record({ table: writtenTable, cuts, skip: fc.nat(14) }), async ({ table, cuts: at, skip }) => {
      const { text, lines, names } = write(table);
      const path = await place.write("a.csv.zst", inFrames(encode(text, table), at));
      const source = csv(path, {
        delimiter: table.delimiter,
        encoding: table.encoding,
        nullText: table.nullText,
        skipLines: table.skipLines.length,
        ...(table.comment !== undefined && { comment: table.comment }),
      });
      const { records, malformed } = await read(source, skip);
      expect(malformed).toEqual([]);
      expect(records.map(({ record }) => names.map((name) => record[name]))).toEqual(expectedRows(table).slice(skip));
      // What stands at a record's offset is its line.
      if (!table.breaks.includes("\r")) expect(records.map(({ line }) => line)).toEqual(lines.slice(skip));
    }),
};
