import { csv } from "@millrace/sdk";
import { expect, test } from "vitest";
import { folderOf, readAll } from "./read.ts";

const utf16le = (text: string) => Buffer.from(text, "utf16le");
const utf16be = (text: string) => utf16le(text).swap16();
const latin1 = (text: string) => Buffer.from(text, "latin1");

test.for<[string, Buffer, string | undefined, string]>([
  ["windows-1252", latin1("a,b\n\x80uro,\x93caf\xe9\x94\n"), "windows-1252", "€uro|“café”"],
  ["iso-8859-15", latin1("a,b\n\xa4,\xe9\n"), "iso-8859-15", "€|é"],
  ["latin1, which the web takes for windows-1252", latin1("a,b\n\x80,\xe9\n"), "latin1", "€|é"],
  ["koi8-r", Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xc9, 0x2c, 0xc1, 0x0a]), "koi8-r", "и|а"],
  ["shift_jis", Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0x83, 0x5c, 0x2c, 0x95, 0x7c, 0x0a]), "shift_jis", "ソ|怖"],
  ["utf-16le", utf16le("a,b\né🚲,ਊ\n"), "utf-16le", "é🚲|ਊ"],
  ["utf-16be", utf16be("a,b\né🚲,ਊ\n"), "utf-16be", "é🚲|ਊ"],
  ["utf-16le by its mark", utf16le("\uFEFFa,b\né🚲,ਊ\n"), undefined, "é🚲|ਊ"],
  ["utf-16be by its mark, whatever was named", utf16be("\uFEFFa,b\né🚲,ਊ\n"), "utf-16", "é🚲|ਊ"],
  ["utf-8 by its mark, whatever was named", Buffer.from("\uFEFFa,b\né,🚲\n"), "windows-1252", "é|🚲"],
])("C20: CSV in %s", async ([, content, encoding, expected]) => {
  const folder = await folderOf({ "a.csv": content });
  const { records, malformed, bytes } = await readAll(
    csv(`${folder}/a.csv`, encoding === undefined ? {} : { encoding }),
  );
  expect(malformed).toEqual([]);
  expect(records.map(({ a, b }) => `${a}|${b}`)).toEqual([expected]);
  expect(bytes).toBe(content.length);
});

test("positions are those of the file's own bytes, in any encoding and with any line break", async () => {
  const breaks = ["\n", "\r\n", "\r"];
  const lines = Array.from({ length: 60_000 }, (_, id) => `${id},${"é".repeat(id % 9)}🚲"${breaks[id % 3]}`);
  const text = `id,text\n${lines.join("")}`;
  for (const [encoding, encode] of [
    ["utf-8", (all: string) => Buffer.from(all)],
    ["utf-16le", utf16le],
    ["utf-16be", utf16be],
    ["windows-1252", (all: string) => latin1(all.replaceAll("🚲", "b"))],
  ] as const) {
    const content = encode(text);
    const folder = await folderOf({ "a.csv": content });
    const { records, places } = await readAll(csv(`${folder}/a.csv`, { encoding }));
    expect(records.length).toBe(lines.length);
    for (const id of [0, 1, 2, 3, 29_999, 59_998, 59_999]) {
      const at = places[id]!.byteOffset!;
      expect(content.subarray(at, at + encode(`${id},`).length)).toEqual(encode(`${id},`));
      expect(records[id]!["id"]).toBe(String(id));
    }
  }
});

test("C20: what an encoding has no character for is malformed, never replaced", async () => {
  const jis = Buffer.from([0x61, 0x0a, 0x83, 0x5c, 0x0a, 0x81, 0x0a, 0x62, 0x0a]);
  const wide = Buffer.concat([utf16le("a\nok\n"), Buffer.from([0x00, 0xd8]), utf16le("\nb"), Buffer.from([0x62])]);
  const folder = await folderOf({ "jis.csv": jis, "wide.csv": wide });
  expect(await readAll(csv(`${folder}/jis.csv`, { encoding: "shift_jis" }))).toMatchObject({
    records: [{ a: "ソ" }, { a: "b" }],
    malformed: [{ code: "INVALID_ENCODING", reason: "the line is not valid shift_jis", line: 3, byteOffset: 5 }],
  });
  expect(await readAll(csv(`${folder}/wide.csv`, { encoding: "utf-16le" }))).toMatchObject({
    records: [{ a: "ok" }],
    malformed: [
      { code: "INVALID_ENCODING", line: 3, byteOffset: 10 },
      { code: "INVALID_ENCODING", line: 4, byteOffset: 14 },
    ],
  });
});

test("an encoding that there is not is refused", () => {
  expect(() => csv("a.csv", { encoding: "utf-7" })).toThrow('[ENCODING_UNKNOWN] There is no encoding "utf-7"');
});

test("C20: where text is to be repaired, each character that is none is one mark", async () => {
  const folder = await folderOf({ "jis.csv": Buffer.from([0x61, 0x0a, 0x83, 0x5c, 0x81, 0x0a]) });
  const source = csv(`${folder}/jis.csv`, { encoding: "shift_jis" });
  const records = [];
  for await (const batch of source.open({ signal: AbortSignal.timeout(60_000), skip: 0, invalidUtf8: "escaped" }))
    records.push(...batch.records);
  expect(records).toEqual([{ a: "ソ\udcff" }]);
});
