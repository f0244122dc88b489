import type { EncodedContent } from "../../loader.ts";
import { Operation, type ChangeColumns } from "./change-columns.ts";
import { KeyTable } from "./key-table.ts";
import { exactKey } from "./exact-key.ts";
import { wholeSequence } from "./sequence.ts";

export interface NetRows {
  /** Encoded changes, in their order. */
  readonly data: Buffer;
  /** Changes that were left out, since they make no difference. */
  readonly superseded: number;
  /** Of those that are left, each is the only one of its key, and none a truncation or one with another key before. */
  readonly distinct: boolean;
  /** Among those that are left are rows to be written. */
  readonly writes: boolean;
  /** Among those that are left are deletions. */
  readonly deletes: boolean;
}

const TAB = 0x09;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;
const WRITE = Operation.write.charCodeAt(0);
const DELETE = Operation.delete.charCodeAt(0);

/** Types of which equal values are written alike: only by those can keys be told apart without asking the server. */
const WRITTEN_ALIKE = /^(smallint|integer|bigint|smallserial|serial|bigserial|boolean|text|varchar\b)/;

/**
 * Leaves out changes that others in the chunk supersede, as the server would: so it gets little of a chunk in which few keys
 * change often. Null where that can not be told from the encoded changes.
 */
export function supersededChanges(columns: ChangeColumns): ((content: EncodedContent) => NetRows) | null {
  const { key, sequence, softDelete } = columns;
  const toNumber = wholeSequence(sequence);
  if (toNumber === null || (softDelete !== null && !key.every(({ sqlType }) => WRITTEN_ALIKE.test(sqlType))))
    return null;
  const isExact = exactKey(key);
  /** Of the bytes behind the operation of a change that has no key before. */
  const tail = key.length * 3 + 1;

  return (content) => {
    const { data, ends, rows } = content;
    const keys = new KeyTable(data, rows);
    // Of each key: the newest change so far, its sequence, and the row that a deletion leaves as it was.
    const newest = new Int32Array(rows);
    const images = new Int32Array(rows);
    const sequences: (number | bigint)[] = [];
    const drop = new Uint8Array(rows);
    let distinct = softDelete === null;
    let superseded = 0;
    const leaveOut = (row: number) => {
      superseded += 1 - drop[row]!;
      drop[row] = 1;
    };
    let start = 0;
    for (let row = 0; row < rows; row += 1) {
      const end = ends[row]!;
      const keyEnd = fieldEnd(data, start, key.length);
      const sequenceEnd = fieldEnd(data, keyEnd + 1, 1);
      const value = toNumber(data, keyEnd + 1, sequenceEnd);
      const operation = data[end - tail - 1]!;
      // A change of key is two changes in one, and left to the server.
      if (value === undefined || !isUnmoved(data, end - tail, end)) return asTheyAre(content);
      const written = operation === WRITE;
      const number = keys.numberOf(start, keyEnd);
      if (number === sequences.length) {
        sequences.push(value);
        newest[number] = row;
        images[number] = written ? row : -1;
        distinct &&= (written || operation === DELETE) && isExact(data, start, keyEnd);
      } else if (value <= sequences[number]!) {
        leaveOut(row);
      } else {
        const before = newest[number]!;
        const image = images[number]!;
        if (written || softDelete === null || before !== image) leaveOut(before);
        if (written && image >= 0) leaveOut(image);
        if (written) images[number] = row;
        newest[number] = row;
        sequences[number] = value;
      }
      start = end;
    }
    const kinds = { writes: false, deletes: false };
    for (let row = 0; row < rows; row += 1) {
      if (drop[row] === 1) continue;
      if (data[ends[row]! - tail - 1] === WRITE) kinds.writes = true;
      else kinds.deletes = true;
    }
    return { data: superseded === 0 ? data : left(content, drop), superseded, distinct, ...kinds };
  };
}

function asTheyAre({ data }: EncodedContent): NetRows {
  return { data, superseded: 0, distinct: false, writes: true, deletes: true };
}

function left({ data, ends, rows }: EncodedContent, drop: Uint8Array): Buffer {
  let length = 0;
  for (let row = 0, start = 0; row < rows; start = ends[row]!, row += 1)
    if (drop[row] === 0) length += ends[row]! - start;
  const out = Buffer.allocUnsafe(length);
  let at = 0;
  for (let row = 0, start = 0; row < rows; start = ends[row]!, row += 1)
    if (drop[row] === 0) at += data.copy(out, at, start, ends[row]);
  return out;
}

/** A previous key that is null in all its columns. */
function isUnmoved(data: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end - 1; at += 3)
    if (data[at] !== TAB || data[at + 1] !== BACKSLASH || data[at + 2] !== UPPER_N) return false;
  return data[end - 1] === LF;
}

/** The offset of the tab behind so many fields. */
function fieldEnd(data: Buffer, start: number, fields: number): number {
  let end = start;
  for (let tabs = 0; ; end += 1) {
    if (data[end] === TAB && (tabs += 1) === fields) return end;
  }
}
