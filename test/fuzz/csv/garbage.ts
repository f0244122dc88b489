import { csv } from "@millrace/sdk";
import fc from "fast-check";
import { expect } from "vitest";
import { cuts, inFrames } from "../cuts.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { readNaively } from "./naive-reader.ts";

const bytes = fc.uint8Array({ maxLength: 80 });
const marks = fc.array(fc.constantFrom(0x22, 0x22, 0x2c, 0x0a, 0x0d, 0x61, 0xe9, 0xc3, 0x00), { maxLength: 80 });
const mark = fc.constant([0xef, 0xbb, 0xbf]);
const garbage = fc
  .tuple(
    fc.oneof(fc.constant([]), mark),
    fc.oneof(
      bytes.map((all) => [...all]),
      marks,
    ),
  )
  .map(([first, rest]) => Buffer.from([...first, ...rest]));

export const garbageBytes: FuzzProperty = {
  name: "csv: whatever the bytes, each row is a record or malformed, as the simplest of readers has it",
  cases: 300,
  open: async (place) =>
    holds(fc.record({ content: garbage, cuts, skip: fc.nat(4) }), async ({ content, cuts: at, skip }) => {
      const path = await place.write("a.csv.zst", inFrames(content, at));
      const expected = readNaively(content, 2);
      const { records, malformed } = await read(csv(path, { names: ["a", "b"], nullText: [] }), skip);
      const rest = expected.slice(skip);
      expect(records.map(({ record }) => [record["a"], record["b"]])).toEqual(
        rest.filter(({ code }) => code === null).map(({ fields }) => fields),
      );
      expect(malformed.map(({ code }) => code)).toEqual(rest.flatMap(({ code }) => code ?? []));
    }),
};
