import { fieldType } from "../../../record/field-type.ts";
import { fieldWriter, UNDECIDED } from "../bytes/field-bytes.ts";
import type { TargetColumn } from "../target-columns.ts";

const TAB = 0x09;
const INTEGER = /^(smallint|integer|bigint|smallserial|serial|bigserial)$/;
const ANY_TEXT = /^(text|varchar)$/;

type ValueCheck = (data: Buffer, start: number, end: number) => boolean;

/** A check that an encoded key is written as no other equal one can be, but for what a collation says of texts. */
export function exactKey(key: readonly TargetColumn[]): ValueCheck {
  const checks = key.map(({ sqlType }) => exactValue(sqlType));
  return (data, start, end) => {
    let at = start;
    for (const check of checks) {
      let to = at;
      while (to < end && data[to] !== TAB) to += 1;
      if (!check(data, at, to)) return false;
      at = to + 1;
    }
    return true;
  };
}

function exactValue(sqlType: string): ValueCheck {
  if (ANY_TEXT.test(sqlType)) return () => true;
  if (INTEGER.test(sqlType)) return isWrittenOut;
  if (sqlType !== "uuid") return () => false;
  const write = fieldWriter(fieldType("uuid"));
  const out = Buffer.alloc(72);
  return (data, start, end) => end - start <= 36 && write(data, start, end, out, 0) !== UNDECIDED;
}

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;

/** A whole number without anything that could be left out. */
function isWrittenOut(data: Buffer, start: number, end: number): boolean {
  const first = data[start] === MINUS ? start + 1 : start;
  if (first === end || (data[first] === ZERO && (end - first > 1 || first > start))) return false;
  for (let at = first; at < end; at += 1) if (data[at]! < ZERO || data[at]! > NINE) return false;
  return true;
}
