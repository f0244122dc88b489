import { jsonl } from "@millrace/sdk";
import fc from "fast-check";
import { expect } from "vitest";
import { cuts, inFrames } from "../cuts.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";

const piece = fc.constantFrom(
  "{",
  "}",
  '"',
  ":",
  ",",
  "1",
  '{"a":1}',
  '{"a":"\xff"}',
  "\n",
  "\n",
  "\r\n",
  " ",
  "\x00",
  "\xff",
  "\xc3\xa9",
  "\\",
  "[",
  "]",
);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((all) => Buffer.from(all)),
  fc.array(piece, { maxLength: 40 }).map((all) => Buffer.from(all.join(""), "latin1")),
);

export const jsonGarbage: FuzzProperty = {
  name: "jsonl: whatever the bytes, each line that is not blank is a record or malformed",
  cases: 300,
  open: async (place) =>
    holds(fc.record({ content, cuts, skip: fc.nat(4), maxRecordBytes: fc.constantFrom(10, 1000) }), async (one) => {
      const path = await place.write("b.jsonl.zst", inFrames(one.content, one.cuts));
      const { records, malformed, lines } = await read(
        jsonl(path, { maxRecordBytes: one.maxRecordBytes, encoding: "utf-8" }),
        one.skip,
      );
      // A mark of UTF-16 outweighs what was named: then lines are others.
      if (one.content[0]! >= 0xfe) return;
      const marked = one.content.subarray(0, 3).equals(Buffer.from("\uFEFF"));
      const all = one.content.toString("latin1", marked ? 3 : 0).split("\n");
      const kept = all
        .entries()
        .filter(([, line]) => /[^ \t]/.test(line.replace(/\r$/, "")))
        .toArray()
        .slice(one.skip);
      expect(lines).toEqual(kept.map(([index]) => index + 1));
      for (const [index, line] of kept) {
        const value = parsed(Buffer.from(line, "latin1"), one.maxRecordBytes);
        expect(records.find((record) => record.line === index + 1) !== undefined, line).toBe(value);
        expect(
          malformed.some((record) => record.line === index + 1),
          line,
        ).toBe(!value);
      }
    }),
};

/** Whether it is an object. */
function parsed(line: Buffer, maxBytes: number): boolean {
  try {
    const bytes = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return bytes.length <= maxBytes && typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
