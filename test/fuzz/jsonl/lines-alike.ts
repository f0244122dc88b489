import { jsonl } from "@millrace/sdk";
import fc from "fast-check";
import { expect } from "vitest";
import { holds, type FuzzProperty } from "../property.ts";
import { read } from "../read.ts";
import { leaf, record, value, writeJson, type Written } from "./documents.ts";

/** What is done to a line: at a share of its length so many characters give way to others. */
interface Damage {
  readonly at: number;
  readonly removed: number;
  readonly put: string;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(2),
  put: fc.oneof(
    fc.constantFrom(
      "",
      "0",
      "-",
      ".",
      "e",
      '"',
      "\\",
      ",",
      ":",
      "}",
      "{",
      "[",
      "]",
      " ",
      "\t",
      "\r",
      "\x00",
      "é",
      "1E5",
    ),
    fc.constantFrom(
      "null",
      "00",
      ".5",
      "5.",
      "1234567890123456",
      "9007199254740993",
      '"a":1',
      '"__proto__":1',
      '\\u0041"',
    ),
  ),
});
const file = fc
  .record({ first: record, space: fc.constantFrom("", " ", "\t ") })
  .filter(({ first }) => first.fields.length > 0)
  .chain(({ first, space }) => {
    const same = fc
      .tuple(...first.fields.map(([name]) => fc.tuple(fc.constant(name), fc.oneof(leaf, value))))
      .map((fields): Written => ({ is: "object", fields }));
    const damaged = fc.option(damage, { freq: 2 });
    return fc.record({
      lines: fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: same }, { weight: 1, arbitrary: record }), damaged), {
        minLength: 1,
        maxLength: 12,
      }),
      first: fc.constant(first),
      space: fc.constant(space),
    });
  });

export const linesAlike: FuzzProperty = {
  name: "jsonl: what is made of a line is the same behind lines that are alike and in a file of its own",
  cases: 120,
  open: async (place) =>
    holds(file, async ({ first, lines, space }) => {
      const texts = [
        writeJson(first, space),
        ...lines.map(([line, done]) => damagedLine(writeJson(line, space), done)),
      ].filter((text) => text.trim() !== "");
      const together = await read(jsonl(await place.write("all.jsonl", texts.join("\n"))));
      for (const [index, text] of texts.entries()) {
        const alone = await read(jsonl(await place.write("one.jsonl", text)));
        const line = index + 1;
        expect(
          together.records.filter((one) => one.line === line).map((one) => told(one.record)),
          text,
        ).toEqual(alone.records.map((one) => told(one.record)));
        expect(
          together.malformed.filter((one) => one.line === line).map(({ code }) => code),
          text,
        ).toEqual(alone.malformed.map(({ code }) => code));
      }
    }),
};

function damagedLine(text: string, done: Damage | null): string {
  if (done === null) return text;
  const at = Math.round(done.at * text.length);
  return text.slice(0, at) + done.put + text.slice(at + done.removed);
}

/** Fields in their order, each with the type of its value and its sign where that is zero. */
function told(fields: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(fields).map(([name, one]) => [name, typeof one, Object.is(one, -0) ? "-0" : one]);
}
