import { jsonl } from "@millrace/sdk";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

test.for([
  "0",
  "-0",
  "12",
  "-1.5",
  "0.10",
  "1e5",
  "1E-2",
  "123456789012345",
  "999999999999.999",
  "4.35",
  "0.000001",
  '""',
  '"x y"',
  '"é🚲"',
  '"\\"\\\\\\n\\u00e9"',
  '"}"',
  "true",
  "false",
  "null",
  "[]",
  '{"b":["]",{"c":"\\"}"}]}',
  "[1, 2]",
  "",
  "01",
  "-",
  "-01",
  "5.",
  ".5",
  "1.e5",
  "1e",
  "+1",
  "1_0",
  "NaN",
  "nul",
  "truex",
  "'x'",
  '"',
  '"x',
  '"x\\"',
  '"\\q"',
  '"a\tb"',
  '"a\u0001b"',
  "[",
  "[1",
  "{]",
  "[1}",
  '1,"a":2',
  '1}{"b":2',
])("%s behind a line with the same names is what JSON.parse has for it", async (value) => {
  for (const line of [`{"a":${value},"b":7}`, `{"a":7,"b":${value}}`]) {
    const folder = await folderOf({ "a.jsonl": `{"a":1,"b":2}\n${line}\n{"a":3,"b":4}` });
    const { records, malformed } = await readAll(jsonl(`${folder}/a.jsonl`));
    const parsed = parsedOrNull(line);
    expect(records).toEqual([{ a: 1, b: 2 }, ...(parsed === null ? [] : [parsed]), { a: 3, b: 4 }]);
    expect(malformed.map(({ code, raw, line: number }) => ({ code, raw, number }))).toEqual(
      parsed === null ? [{ code: "JSON_SYNTAX", raw: line, number: 2 }] : [],
    );
  }
});

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
