import type { EncodedContent } from "../../loader.ts";
import { pickRows } from "../refused/parts.ts";
import { Operation, type ChangeColumns } from "./change-columns.ts";
import { wholeSequence } from "./sequence.ts";

export interface NetRows {
  /** Encoded changes, in their order. */
  readonly data: Buffer;
  /** Changes that were left out, since they make no difference. */
  readonly superseded: number;
}

const TAB = 0x09;
const WRITE = Operation.write.charCodeAt(0);

/** Types of which equal values are written alike: only by those can keys be told apart without asking the server. */
const WRITTEN_ALIKE = /^(smallint|integer|bigint|smallserial|serial|bigserial|boolean|text|varchar\b)/;

/** What is known of a key: the newest change so far, and the row that a deletion leaves as it was. */
interface Known {
  sequence: number | bigint;
  row: number;
  image: number;
}

/**
 * Leaves out changes that others in the chunk supersede, as the server would: so it gets little of a chunk in which few keys
 * change often. Null where that can not be told from the encoded changes.
 */
export function supersededChanges(columns: ChangeColumns): ((content: EncodedContent) => NetRows) | null {
  const { key, sequence, softDelete, previousKey } = columns;
  const toNumber = wholeSequence(sequence);
  if (toNumber === null || (softDelete !== null && !key.every(({ sqlType }) => WRITTEN_ALIKE.test(sqlType))))
    return null;
  const notMoved = Buffer.from(`${"\t\\N".repeat(previousKey.length)}\n`);

  return (content) => {
    const { data, ends, rows } = content;
    const known = new Map<string, Known>();
    const drop = new Uint8Array(rows);
    let start = 0;
    for (let row = 0; row < rows; row += 1) {
      const end = ends[row]!;
      const keyEnd = fieldEnd(data, start, key.length);
      const sequenceEnd = fieldEnd(data, keyEnd + 1, 1);
      const value = toNumber(data.toString("latin1", keyEnd + 1, sequenceEnd));
      const operation = end - notMoved.length - 1;
      // A change of key is two changes in one, and left to the server.
      const moved = data.compare(notMoved, 0, notMoved.length, operation + 1, end) !== 0;
      if (value === undefined || moved) return { data, superseded: 0 };
      const written = data[operation] === WRITE;
      const keyText = data.toString("latin1", start, keyEnd);
      const before = known.get(keyText);
      start = end;
      if (before === undefined) {
        known.set(keyText, { sequence: value, row, image: written ? row : -1 });
      } else if (value <= before.sequence) {
        drop[row] = 1;
      } else {
        if (written || softDelete === null || before.row !== before.image) drop[before.row] = 1;
        if (written && before.image >= 0) drop[before.image] = 1;
        if (written) before.image = row;
        before.row = row;
        before.sequence = value;
      }
    }
    const left = Array.from({ length: rows }, (_, row) => row).filter((row) => drop[row] === 0);
    return { data: left.length === rows ? data : pickRows(content, left), superseded: rows - left.length };
  };
}

/** The offset of the tab behind so many fields. */
function fieldEnd(data: Buffer, start: number, fields: number): number {
  let end = start;
  for (let tabs = 0; ; end += 1) {
    if (data[end] === TAB && (tabs += 1) === fields) return end;
  }
}
