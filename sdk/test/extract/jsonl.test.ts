import { gzipSync } from "node:zlib";
import { JsonNumber, jsonl, type JsonlOptions } from "@millrace/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

async function read(content: string | Buffer, options: JsonlOptions = {}, skip = 0) {
  const folder = await folderOf({ "a.jsonl": content });
  return await readAll(jsonl(`${folder}/a.jsonl`, options), skip);
}

test.for<[string, string | Buffer, unknown[]]>([
  [
    "plain lines",
    '{"a":1}\n{"a":"x","b":[null,true,{"c":"é🚲"}]}\n',
    [{ a: 1 }, { a: "x", b: [null, true, { c: "é🚲" }] }],
  ],
  ["no newline at the end", '{"a":1}\n{"a":2}', [{ a: 1 }, { a: 2 }]],
  ["CRLF", '{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
  ["blank lines", '\n{"a":1}\n \t\r\n\n{"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
  ["a byte-order mark", '\uFEFF{"a":1}\n', [{ a: 1 }]],
  ["a byte-order mark and a blank line", '\uFEFF\n{"a":1}\n', [{ a: 1 }]],
  ["spaces around objects", ' {"a": 1} \n\t{"a" : 2}\n', [{ a: 1 }, { a: 2 }]],
  ["nothing", "", []],
  ["UTF-16 with its mark", Buffer.from('\uFEFF{"a":"é"}\n', "utf16le"), [{ a: "é" }]],
  [
    "keys that an object has of its own",
    '{"__proto__":1,"constructor":2}\n',
    [JSON.parse('{"__proto__":1,"constructor":2}')],
  ],
])("JSON Lines with %s", async ([, content, expected]) => {
  const { records, malformed, bytes } = await read(content);
  expect(malformed).toEqual([]);
  expect(records).toEqual(expected);
  expect(bytes).toBe(Buffer.byteLength(content));
});

test("C18: numbers keep their digits, at the top and below", async () => {
  const digits = "0.1234567890123456789";
  const { records } = await read(
    [
      `{"small":12,"half":0.5,"big":9007199254740993,"long":${digits},"id":"1234567890123456789","tiny":1e-7}`,
      `{"n":{"big":[9007199254740993],"long":${digits},"huge":1e400}}`,
      `{"a":123456789012345,"b":1.0,"c":1E3,"d":-0.000001234567890123,"e":100000000000000000000,"f":1e400}`,
      // What a double would round to a whole number, or to nothing.
      `{"a":1.00000000000000000001,"b":1e-400,"c":[-0.5e-900,2.0]}`,
    ].join("\n"),
  );
  expect(records[0]).toEqual({
    small: 12,
    half: 0.5,
    big: 9007199254740993n,
    long: digits,
    id: "1234567890123456789",
    tiny: 1e-7,
  });
  expect(records[1]).toEqual({
    n: { big: [9007199254740993n], long: new JsonNumber(digits), huge: new JsonNumber("1e400") },
  });
  expect(records[2]).toEqual({
    a: 123456789012345,
    b: 1,
    c: 1000,
    d: -0.000001234567890123,
    e: 100000000000000000000n,
    f: "1e400",
  });
  expect(records[3]).toEqual({ a: "1.00000000000000000001", b: "1e-400", c: [new JsonNumber("-0.5e-900"), 2] });
  const { n } = records[1] as { n: { long: JsonNumber } };
  expect([String(n.long), JSON.stringify([n.long])]).toEqual([digits, `[${digits}]`]);
});

test("what is no object is malformed, with its line, byte offset and text", async () => {
  const lines = ['{"a":1}', "[1]", '"x"', "null", "é", '{"a":NaN}', '{"a":1}{"a":2}', '{"a":2}', '{"a":"cut o'];
  const { records, places, malformed } = await read(lines.join("\n"));
  expect(records).toEqual([{ a: 1 }, { a: 2 }]);
  expect(places.map(({ line, byteOffset }) => [line, byteOffset])).toEqual([
    [1, 0],
    [8, 49],
  ]);
  expect(malformed.map(({ code, raw, line, byteOffset }) => [code, raw, line, byteOffset])).toEqual([
    ["JSON_RECORD", "[1]", 2, 8],
    ["JSON_RECORD", '"x"', 3, 12],
    ["JSON_RECORD", "null", 4, 16],
    ["JSON_SYNTAX", "é", 5, 21],
    ["JSON_SYNTAX", '{"a":NaN}', 6, 24],
    ["JSON_SYNTAX", '{"a":1}{"a":2}', 7, 34],
    ["JSON_SYNTAX", '{"a":"cut o', 9, 57],
  ]);
  expect(malformed.at(-1)?.reason).toMatch(/^the file ends within the line: /);
});

test("C20: a line that is not UTF-8 is malformed, and the others are read", async () => {
  const content = Buffer.concat([Buffer.from('{"a":"é"}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{"a":3}\n')]);
  expect(await read(content)).toMatchObject({
    records: [{ a: "é" }, { a: 3 }],
    malformed: [{ code: "INVALID_UTF8", line: 2, byteOffset: 11 }],
  });
});

test("a line that is too long is malformed, wherever it stands, and is not kept", async () => {
  const long = `{"a":"${"x".repeat(3_000_000)}"}`;
  for (const content of [
    `${long}\n{"a":1}\n`,
    `{"a":0}\n${long}\n{"a":1}\n`,
    `{"a":0}\n${long}\n${long}\n\n{"a":1}`,
    `{"a":1}\n${long}\n`,
    `{"a":1}\n${long}`,
  ]) {
    const { records, malformed, places } = await read(content, { maxRecordBytes: 500_000 });
    expect(records.at(-1)).toEqual({ a: 1 });
    const lines = content.split("\n");
    const at = (line: number) => Buffer.byteLength(lines.slice(0, line - 1).join("\n")) + (line > 1 ? 1 : 0);
    const expected = lines.flatMap((line, index) => (line === long ? [index + 1] : []));
    expect(malformed.map(({ code, line }) => [code, line])).toEqual(expected.map((line) => ["JSON_TOO_LONG", line]));
    for (const { line, byteOffset, raw } of malformed) expect([byteOffset, raw.length]).toEqual([at(line!), 10_000]);
    for (const { line, byteOffset } of places) expect(byteOffset).toBe(at(line!));
  }
});

test("a line that is too long by a byte is malformed, however many come at once", async () => {
  const { records, malformed } = await read('{"a":1}\n{"a":12}\n{"a":2}\n', { maxRecordBytes: 7 });
  expect(records).toEqual([{ a: 1 }, { a: 2 }]);
  expect(malformed).toMatchObject([{ code: "JSON_TOO_LONG", line: 2, byteOffset: 8, raw: '{"a":12}' }]);
});

test("positions are those of the file's own bytes, in any encoding", async () => {
  const lines = Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"text":"${"é".repeat(id % 9)}"}\n`);
  for (const [encoding, encode] of [
    ["utf-16le", (all: string) => Buffer.from(all, "utf16le")],
    ["windows-1252", (all: string) => Buffer.from(all, "latin1")],
  ] as const) {
    const content = encode(`${lines.join("")}x\n`);
    const { records, places, malformed } = await read(content, { encoding });
    expect(records.length).toBe(lines.length);
    for (const id of [0, 1, 9_999, 19_999]) {
      const at = places[id]!.byteOffset!;
      expect(content.subarray(at, at + encode(lines[id]!).length)).toEqual(encode(lines[id]!));
    }
    expect(malformed).toMatchObject([{ line: 20_001, byteOffset: content.length - encode("x\n").length }]);
  }
});

test("deep nesting is malformed or read, and never the end of the run", async () => {
  const deep = `{"a":${"[".repeat(100_000)}1.00000000000000000001${"]".repeat(100_000)}}`;
  const { records, malformed } = await read(`${deep}\n{"a":1}\n`);
  expect(records.length + malformed.length).toBe(2);
  expect(records.at(-1)).toEqual({ a: 1 });
});

test("several files are one source, each with its own lines", async () => {
  const folder = await folderOf({ "b.jsonl": '{"a":3}\nx\n', "a.jsonl.gz": gzipSync('{"a":1}\n\n{"a":2}') });
  const { records, malformed } = await readAll(jsonl(folder));
  expect(records).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  expect(malformed).toMatchObject([{ source: `${folder}/b.jsonl`, line: 2, byteOffset: 8 }]);
  for (let skip = 0; skip <= 5; skip += 1)
    expect((await readAll(jsonl(folder), skip)).records).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }].slice(skip));
});

/** A whole number beyond 2^53 is the same text as double and as bigint, as long as it is written without an exponent. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner));
}

test("any objects come back as JSON.parse has them, wherever the file is cut into blocks", async () => {
  const value = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
  const object = fc.dictionary(fc.string({ unit: "binary" }), value);
  const line = fc.oneof(
    { weight: 5, arbitrary: object.map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.constantFrom("", " ", "\r", "[]", "{", "\uFEFF", '{"a":1}\r') },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 10 }), fc.nat(10), async (lines, skip) => {
      const content = lines.join("\n");
      const all = await read(content);
      const good = lines.flatMap((one) => (one.startsWith("{") && one !== "{" ? [JSON.parse(one) as unknown] : []));
      expect(text(all.records)).toBe(text(good));
      const rest = await read(content, {}, skip);
      const count = ({ records, malformed }: typeof all) => records.length + malformed.length;
      expect(count(rest)).toBe(Math.max(0, count(all) - skip));
      for (const { line: number } of all.places) expect(lines[number! - 1]).toMatch(/^\{/);
    }),
    { numRuns: 150 },
  );
});

test("records are the same wherever the file is cut into blocks", async () => {
  const lines = Array.from({ length: 40_000 }, (_, id) => `{"id":${id},"text":"${"ü".repeat(id % 50)}"}\n`);
  const { records, places } = await read(lines.join(""));
  expect(records.length).toBe(lines.length);
  const bytes = Buffer.from(lines.join(""));
  for (const id of [0, 1, 20_001, 39_999]) {
    expect(records[id]).toEqual(JSON.parse(lines[id]!));
    const at = places[id]!.byteOffset!;
    expect(bytes.subarray(at, at + Buffer.byteLength(lines[id]!)).toString()).toBe(lines[id]);
    expect(places[id]!.line).toBe(id + 1);
  }
});
