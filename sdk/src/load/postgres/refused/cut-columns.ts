import type { EncodedContent } from "../../loader.ts";
import { startOf, type Rows } from "./parts.ts";

const TAB = 0x09;
const LF = 0x0a;

/** Lines of some of the rows' columns, by their places in ascending order, each behind its row's number. */
export function cutColumns(content: EncodedContent, rows: Rows, places: readonly number[]): Buffer {
  const { data } = content;
  const wanted = new Set(places);
  const last = places.at(-1) ?? -1;
  let out = Buffer.allocUnsafe(64 * 1024);
  let at = 0;
  for (const row of rows) {
    const start = startOf(content, row);
    const end = content.ends[row]! - 1;
    if (out.length < at + (end - start) + 16)
      out = Buffer.concat([out], Math.max(out.length * 2, at + (end - start) + 16));
    at += out.write(String(row), at, "latin1");
    let place = 0;
    let copying = wanted.has(0);
    if (copying) out[at++] = TAB;
    for (let index = start; index < end; index += 1) {
      const byte = data[index]!;
      if (byte === TAB) {
        place += 1;
        if (place > last) break;
        copying = wanted.has(place);
      }
      if (copying) out[at++] = byte;
    }
    out[at++] = LF;
  }
  return out.subarray(0, at);
}

/** The rows that have the key of one of `suspects`, and those themselves. Keys are compared as they are encoded. */
export function rowsWithSameKeys(
  content: EncodedContent,
  { suspects, places }: { readonly suspects: Rows; readonly places: readonly number[] },
): Rows {
  const keyOf = (line: string) => line.slice(line.indexOf("\t"));
  const lines = (rows: Rows) => cutColumns(content, rows, places).toString("latin1").split("\n").slice(0, -1);
  const keys = new Set(lines(suspects).map(keyOf));
  return lines(Array.from({ length: content.rows }, (_, row) => row))
    .filter((line) => keys.has(keyOf(line)))
    .map((line) => Number.parseInt(line, 10));
}
