import type { EncodedContent } from "../../loader.ts";
import type { Refusal } from "./refusal.ts";

/** Some of a chunk's rows, by their numbers; consecutive where they lie so in the chunk. */
export type Rows = readonly number[];

/**
 * Brings rows in part by part: one that is refused is halved until a row stands alone, and then parts grow again. `bring`
 * takes a part whole, or leaves nothing of it behind and says why. Adds the rows that stood alone to `refused`.
 */
export async function inParts(rows: Rows, bring: (part: Rows) => Promise<Refusal | null>, refused: Map<number, Refusal>): Promise<void> {
  let size = rows.length;
  for (let at = 0; at < rows.length; ) {
    const part = rows.slice(at, at + size);
    const refusal = await bring(part);
    if (refusal === null) {
      at += part.length;
      size *= 2;
    } else if (part.length > 1) {
      size = part.length >> 1;
    } else {
      refused.set(part[0]!, refusal);
      at += 1;
    }
  }
}

/** The encoded rows with these numbers, which ascend. */
export function pickRows({ data, ends }: EncodedContent, rows: Rows): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < rows.length; ) {
    const first = rows[at]!;
    let last = first;
    while (rows[at + 1] === last + 1) {
      at += 1;
      last += 1;
    }
    parts.push(data.subarray(first === 0 ? 0 : ends[first - 1], ends[last]));
    at += 1;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** The numbers of a chunk's rows but for those refused. */
export function rowsLeft({ rows }: EncodedContent, refused: ReadonlyMap<number, Refusal>): Rows {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => !refused.has(row));
}
