import type { FieldBlock } from "../../../extract/source.ts";

/** Whether the content of a bare field means null. */
export function isNullField({ bytes, nulls }: FieldBlock, start: number, end: number): boolean {
  for (let index = 0; index < nulls.length; index += 1) {
    const text = nulls[index]!;
    if (text.length === end - start && (end === start || text.compare(bytes, start, end) === 0)) return true;
  }
  return false;
}
