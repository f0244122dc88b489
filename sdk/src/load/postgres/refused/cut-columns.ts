import type { EncodedContent } from "../../loader.ts";
import { writeDigits } from "../digits.ts";
import { startOf, type Rows } from "./parts.ts";

const TAB = 0x09;
const LF = 0x0a;
/** For a row's number and a short value or two. */
const ROOM_BYTES = 24;

/** Lines of some of the rows' columns, by their places in ascending order, each behind its row's number. */
export function cutColumns(content: EncodedContent, rows: Rows, places: readonly number[]): Buffer {
  const { data } = content;
  const wanted = new Set(places);
  const last = places.at(-1) ?? -1;
  let out = Buffer.allocUnsafe(Math.max(256, rows.length * ROOM_BYTES));
  let at = 0;
  for (const row of rows) {
    const start = startOf(content, row);
    const end = content.ends[row]! - 1;
    if (out.length < at + (end - start) + 16)
      out = Buffer.concat([out.subarray(0, at)], Math.max(out.length * 2, at + (end - start) + 16));
    at = writeDigits(row, out, at);
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

export interface SameKeys {
  /** The rows that have the key of one of the suspects, and those themselves. */
  readonly rows: Rows;
  /** Those that are the only one with their key. */
  readonly single: Rows;
}

/** Keys, which stand in these places, are compared as they are encoded. */
export function rowsWithSameKeys(
  content: EncodedContent,
  { suspects, places }: { readonly suspects: Rows; readonly places: readonly number[] },
): SameKeys {
  const wanted = new Set(places);
  const last = places.at(-1) ?? -1;
  const keyOf = (row: number) => {
    const line = cutColumns(content, [row], places).toString("latin1");
    return line.slice(line.indexOf("\t"));
  };
  const keys = new Map<string, number[]>();
  for (const row of suspects) keys.set(keyOf(row), []);
  // A text is made only of what is likely to be such a key.
  const sums = new Uint8Array(SUMS);
  for (const row of suspects) sums[sumOf(content, row, { wanted, last }) & (SUMS - 1)] = 1;
  for (let row = 0; row < content.rows; row += 1)
    if (sums[sumOf(content, row, { wanted, last }) & (SUMS - 1)] === 1) keys.get(keyOf(row))?.push(row);
  const same = [...keys.values()];
  return { rows: same.flat(), single: same.flatMap((those) => (those.length === 1 ? those : [])) };
}

/** So many sums are told apart. */
const SUMS = 2 ** 16;

/** A number that is the same for the same values in these columns, and mostly another for others. */
function sumOf(
  content: EncodedContent,
  row: number,
  { wanted, last }: { readonly wanted: ReadonlySet<number>; readonly last: number },
): number {
  const { data } = content;
  const end = content.ends[row]! - 1;
  let place = 0;
  let summing = wanted.has(0);
  let sum = 0;
  for (let index = startOf(content, row); index < end; index += 1) {
    const byte = data[index]!;
    if (byte === TAB) {
      place += 1;
      if (place > last) break;
      summing = wanted.has(place);
    } else if (!summing) continue;
    sum = Math.imul(sum ^ byte, 0x0100_0193);
  }
  return sum;
}
