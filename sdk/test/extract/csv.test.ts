import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { csv, type CsvOptions, type CsvRecord } from "@millrace/sdk";
import { expect, test } from "vitest";

async function read(content: string | Buffer, options: CsvOptions = {}, name = "a.csv", skip = 0) {
  const path = join(await mkdtemp(join(tmpdir(), "millrace-csv-")), name);
  await writeFile(path, content);
  const records: CsvRecord[] = [];
  const lines: (number | null)[] = [];
  const offsets: (number | null)[] = [];
  const malformed: { code: string; reason: string; raw: string; line: number | null; byteOffset: number | null }[] = [];
  for await (const batch of csv(path, options).open({ signal: new AbortController().signal, skip })) {
    for (const [index, record] of batch.records.entries()) {
      records.push(record);
      lines.push(batch.position(index).line);
      offsets.push(batch.position(index).byteOffset);
    }
    for (const { code, reason, raw, position } of batch.malformed)
      malformed.push({ code, reason, raw, line: position.line, byteOffset: position.byteOffset });
  }
  return { records, lines, offsets, malformed };
}

test.for<[string, string, CsvOptions, CsvRecord[]]>([
  ["plain fields", "a,b\n1,2\n", {}, [{ a: "1", b: "2" }]],
  ["no newline at the end", "a,b\n1,2", {}, [{ a: "1", b: "2" }]],
  ["CRLF", "a,b\r\n1,2\r\n", {}, [{ a: "1", b: "2" }]],
  ["CR alone", "a,b\r1,2\r", {}, [{ a: "1", b: "2" }]],
  ["a byte-order mark", "\uFEFFa,b\n1,2\n", {}, [{ a: "1", b: "2" }]],
  [
    "empty lines",
    "a,b\n\n1,2\n\r\n\n3,4\n",
    {},
    [
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ],
  ],
  ["quotes, doubled quotes and newlines in fields", 'a,b\n"x,\n""y""",""\n', {}, [{ a: 'x,\n"y"', b: "" }]],
  ["unquoted empty is null, quoted is not", 'a,b\n,""\n', {}, [{ a: null, b: "" }]],
  ["nullText, unless quoted", 'a,b\nNA,"NA"\n', { nullText: "NA" }, [{ a: null, b: "NA" }]],
  ["several null texts", "a,b,c\nNA,-,\n", { nullText: ["NA", "-"] }, [{ a: null, b: null, c: "" }]],
  ["another delimiter", "a;b\n1;2,3\n", { delimiter: ";" }, [{ a: "1", b: "2,3" }]],
  ["tabs", "a\tb\n1\t2\n", { delimiter: "\t" }, [{ a: "1", b: "2" }]],
  ["a quote inside of an unquoted field", 'a,b\n5" pipe,2\n', {}, [{ a: '5" pipe', b: "2" }]],
  ["UTF-8", "a,b\né,漢🚲\n", {}, [{ a: "é", b: "漢🚲" }]],
  ["quoted names", '"a ""x""",b\n1,2\n', {}, [{ 'a "x"': "1", b: "2" }]],
  ["a header and nothing else", "a,b\n", {}, []],
  ["names that are given", "1,2\n", { names: ["a", "b"] }, [{ a: "1", b: "2" }]],
  ["names that are given, and no line", "", { names: ["a", "b"] }, []],
  ["a byte-order mark and no header", "\uFEFF1,2\n", { names: ["a", "b"] }, [{ a: "1", b: "2" }]],
  [
    "names doubled and missing, numbered",
    "a,,a,column_2,a_2\n1,2,3,4,5\n",
    { unclearNames: "number" },
    [{ a: "1", column_2_2: "2", a_3: "3", column_2: "4", a_2: "5" }],
  ],
  [
    "comments, also ahead of the header",
    '# made by "x\na,b\n#1,2\r\n1,"\n#2"\n\n# end',
    { comment: "#" },
    [{ a: "1", b: "\n#2" }],
  ],
  ["# where no comments were named", "a,b\n#1,2\n", {}, [{ a: "#1", b: "2" }]],
  ["lines ahead of the header", 'Report "May\n\na,b\n1,2\n', { skipLines: 2 }, [{ a: "1", b: "2" }]],
  ["comments and CR alone", "#x\ra,b\r#y\r1,2\r", { comment: "#" }, [{ a: "1", b: "2" }]],
])("CSV with %s", async ([, content, options, expected]) => {
  expect(await read(content, options)).toMatchObject({ records: expected, malformed: [] });
  expect(await read(gzipSync(content), options, "a.csv.gz")).toMatchObject({ records: expected });
});

test("what is no record is malformed, with its line, byte offset and text", async () => {
  const lines = ["a,b", "1", "1,2,3", '"x"y,2', "é,ok", '3,"never closed', ""];
  const result = await read(lines.join("\n"));
  expect(result.records).toEqual([{ a: "é", b: "ok" }]);
  expect(result.offsets).toEqual([19]);
  expect(result.malformed).toMatchObject([
    { code: "CSV_FIELDS", raw: "1", line: 2, byteOffset: 4 },
    { code: "CSV_FIELDS", raw: "1,2,3", line: 3, byteOffset: 6 },
    { code: "CSV_QUOTE", raw: '"x"y,2', line: 4, byteOffset: 12 },
    { code: "CSV_QUOTE", raw: '3,"never closed\n', line: 6, byteOffset: 25 },
  ]);
  expect(result.malformed.map(({ reason }) => reason).slice(2)).toEqual([
    'text stands behind the closing quote of "a"',
    "a quote is opened and never closed",
  ]);
});

test("C20: a line that is not UTF-8 is malformed, and the others are read", async () => {
  const content = Buffer.concat([
    Buffer.from("a,b\n1,2\n"),
    Buffer.from([0xff, 0x2c, 0x33, 0x0a]),
    Buffer.from("4,5\n"),
  ]);
  const { records, malformed } = await read(content);
  expect(records).toEqual([
    { a: "1", b: "2" },
    { a: "4", b: "5" },
  ]);
  expect(malformed).toMatchObject([{ code: "INVALID_UTF8", line: 3 }]);
});

test("records are the same wherever the file is cut into blocks, and a skipped beginning is left out exactly", async () => {
  const text = (id: number) => (id % 7 === 0 ? `"${"ü".repeat(id % 50)}\n,""${id}"""` : `plain ${id}`);
  const rows = Array.from({ length: 40_000 }, (_, id) => `${id},${text(id)}\n`);
  const content = `id,text\n${rows.join("")}`;
  const all = await read(content);
  expect(all.malformed).toEqual([]);
  expect(all.records.length).toBe(rows.length);
  for (const [id, record] of all.records.entries()) {
    const expected = id % 7 === 0 ? `${"ü".repeat(id % 50)}\n,"${id}"` : `plain ${id}`;
    if (record["id"] !== String(id) || record["text"] !== expected)
      expect(record).toEqual({ id: String(id), text: expected });
  }
  const bytes = Buffer.from(content);
  for (const index of [0, 1, 20_001, 39_999]) {
    const offset = all.offsets[index]!;
    expect(bytes.subarray(offset, offset + String(index).length).toString()).toBe(String(index));
    expect(bytes.subarray(0, offset).toString().split("\n").length).toBe(all.lines[index]);
  }
  const rest = await read(content, {}, "a.csv", 33_333);
  expect(rest.records).toEqual(all.records.slice(33_333));
  expect(rest.lines).toEqual(all.lines.slice(33_333));
});

test.for([
  ["an empty file", "", "[CSV_HEADER]"],
  ["a byte-order mark and nothing else", "\uFEFF", "[CSV_HEADER]"],
  ["a doubled name", "a,b,a\n1,2,3\n", '"a" is doubled'],
  ["an empty name", "a,,b\n", "[CSV_HEADER]"],
  ["a name that is no name for a field", "a,__proto__\n1,2\n", "[CSV_HEADER]"],
  ["a comment without end", `#${"x".repeat(3000)}`, "[CSV_ROW_TOO_LONG] The row at line 1"],
  ["a row without end", `a,b\n1,"${"x".repeat(3000)}`, "[CSV_ROW_TOO_LONG] The row at line 2"],
])("%s is refused", async ([, content, message]) => {
  await expect(read(content!, { maxRecordBytes: 1000, comment: "#" })).rejects.toThrow(message);
});

test("a gzip file that is cut off is corrupt, not short", async () => {
  const whole = gzipSync(`a,b\n${Array.from({ length: 5000 }, (_, id) => `${id},${Math.sqrt(id)}\n`).join("")}`);
  await expect(read(whole.subarray(0, whole.length - 100), {}, "a.csv.gz")).rejects.toThrow("[SOURCE_CORRUPT]");
});
