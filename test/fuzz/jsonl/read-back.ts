import { JsonNumber, jsonl } from "@millrace/sdk";
import fc from "fast-check";
import { expect } from "vitest";
import { cuts, inFrames } from "../cuts.ts";
import { encode } from "../csv/tables.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { exactly, record, writeJson, type Written } from "./documents.ts";

type Line = { readonly json: Written & { is: "object" }; readonly space: string } | { readonly other: string };

const line: fc.Arbitrary<Line> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ json: record, space: fc.constantFrom("", " ", "\t ") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      other: fc.constantFrom(
        "",
        " \t",
        "[]",
        "null",
        "{",
        '{"a":1,}',
        '{"a":01}',
        "nope",
        '{"a":1}x',
        '{"a":NaN}',
        '"',
        "1",
        '{"a":"\t"}',
      ),
    }),
  },
);
const file = fc.record({
  lines: fc.array(line, { maxLength: 10 }),
  breaks: fc.array(fc.constantFrom("\n", "\r\n"), { minLength: 1, maxLength: 3 }),
  ended: fc.boolean(),
  mark: fc.boolean(),
  encoding: fc.constantFrom("utf-8", "utf-8", "utf-16le", "utf-16be"),
  cuts,
  skip: fc.nat(8),
} as const);

export const jsonLines: FuzzProperty = {
  name: "jsonl: records are read as they were written, to the last digit, wherever their bytes are cut and from any line",
  cases: 250,
  open: async (place) =>
    holds(file, async ({ lines, breaks, ended, mark, encoding, cuts: at, skip }) => {
      const ends = lines.map((_, index) =>
        index === lines.length - 1 && !ended ? "" : breaks[index % breaks.length]!,
      );
      const text = lines
        .map((one, index) => ("json" in one ? writeJson(one.json, one.space) : one.other) + ends[index]!)
        .join("");
      const path = await place.write("a.jsonl.zst", inFrames(encode(text, { encoding, mark }), at));
      const { records, malformed, lines: numbers } = await read(jsonl(path, { encoding }), skip);
      const kept = lines
        .entries()
        .filter(([, one]) => "json" in one || one.other.trim() !== "")
        .toArray()
        .slice(skip);
      expect(numbers).toEqual(kept.map(([index]) => index + 1));
      expect(malformed.length).toBe(kept.filter(([, one]) => "other" in one).length);
      const expected = kept.flatMap(([, one]) => ("json" in one ? one.json.fields : []));
      const found = records.flatMap(({ record: fields }) => Object.entries(fields));
      // JavaScript has fields whose names are whole numbers first.
      const byName = <T>(all: readonly (readonly [string, T])[]) =>
        all.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      for (const [index, { record: fields }] of records.entries()) {
        const written = kept.filter(([, one]) => "json" in one)[index]![1] as Line & {
          json: Written & { is: "object" };
        };
        const [have, want] = [byName(Object.entries(fields)), byName(written.json.fields)];
        expect(have.map(([name]) => name)).toEqual(want.map(([name]) => name));
        for (const [place_, [, value]] of have.entries()) expectSame(value, want[place_]![1]);
      }
      expect(found.length).toBe(expected.length);
    }),
};

/** A field's value, or one within it, is what was written. */
function expectSame(value: unknown, written: Written, within = false): void {
  switch (written.is) {
    case "word":
      expect(value).toBe(written.value);
      break;
    case "text":
      expect(value).toBe(written.text);
      break;
    case "number":
      // What no JavaScript number holds is text in a field, and a number of JSON within one.
      expect(
        typeof value === "string"
          ? !within
          : within
            ? value instanceof JsonNumber || typeof value !== "object"
            : typeof value !== "object",
      ).toBe(true);
      expect(exactly(String(value))).toBe(exactly(written.token));
      break;
    case "list":
      expect((value as unknown[]).length).toBe(written.items.length);
      for (const [index, item] of written.items.entries()) expectSame((value as unknown[])[index], item, true);
      break;
    case "object":
      expect(Object.keys(value as object).toSorted()).toEqual(written.fields.map(([name]) => name).toSorted());
      for (const [name, inner] of written.fields) expectSame((value as Record<string, unknown>)[name], inner, true);
  }
}
