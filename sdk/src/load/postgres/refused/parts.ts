import type { Chunk, EncodedContent } from "../../loader.ts";
import type { Refusal } from "./refusal.ts";

/** Some of a chunk's rows, by their numbers, which ascend. */
export type Rows = readonly number[];

/**
 * Brings rows in part by part: one that is refused is halved until a row stands alone, and then parts grow again. `bring`
 * takes a part whole, or leaves nothing of it behind and says why. Adds the rows that stood alone to `refused`.
 */
export async function inParts(
  rows: Rows,
  bring: (part: Rows) => Promise<Refusal | null>,
  { refused, alone }: { readonly refused: Map<number, Refusal>; /** Each row is a part. */ readonly alone: boolean },
): Promise<void> {
  let size = alone ? 1 : rows.length;
  for (let at = 0; at < rows.length;) {
    const part = rows.slice(at, at + size);
    const refusal = await bring(part);
    if (refusal === null) {
      at += part.length;
      if (!alone) size *= 2;
    } else if (part.length > 1) {
      size = part.length >> 1;
    } else {
      refused.set(part[0]!, refusal);
      at += 1;
    }
  }
}

/** The chunk with these of its rows alone, and nothing counted; `content` are all of them. */
export function partOf(chunk: Chunk, content: EncodedContent, rows: Rows): Chunk {
  if (rows.length === content.rows) return { ...chunk, content };
  const ends = new Int32Array(rows.length);
  let end = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    end += content.ends[row]! - startOf(content, row);
    ends[index] = end;
  }
  return { ...chunk, content: { ...content, data: pickRows(content, rows), rows: rows.length, ends } };
}

/** The encoded rows with these numbers. */
export function pickRows(content: EncodedContent, rows: Rows): Buffer {
  const { data, ends } = content;
  const runs: Buffer[] = [];
  for (let at = 0; at < rows.length; at += 1) {
    const first = rows[at]!;
    while (rows[at + 1] === rows[at]! + 1) at += 1;
    runs.push(data.subarray(startOf(content, first), ends[rows[at]!]));
  }
  return runs.length === 1 ? runs[0]! : Buffer.concat(runs);
}

/** The chunk's rows but for those in `gone`. */
export function rowsLeft({ rows }: EncodedContent, ...gone: readonly { keys(): Iterable<number> }[]): Rows {
  const isGone = new Uint8Array(rows);
  for (const set of gone) for (const row of set.keys()) isGone[row] = 1;
  const left: number[] = [];
  for (let row = 0; row < rows; row += 1) if (isGone[row] === 0) left.push(row);
  return left;
}

export function startOf({ ends }: EncodedContent, row: number): number {
  return row === 0 ? 0 : ends[row - 1]!;
}
