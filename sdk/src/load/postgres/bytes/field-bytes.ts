import { isDay, type FieldKind, type FieldType } from "../../../record/field-type.ts";

/** Returned in place of an offset where the bytes are not plainly a canonical value: the text has to be judged. */
export const UNDECIDED = -1;

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const LOWER_F = 0x66;
const LOWER_T = 0x74;

/**
 * Writes a field as COPY text at `at`, where its bytes are plainly a canonical value of its type, and returns the offset
 * behind it; else UNDECIDED. What it writes is what `FieldType.canonical` and COPY's escapes would make of the text.
 * `out` has room for twice the field's bytes.
 */
export type FieldWriter = (bytes: Buffer, start: number, end: number, out: Buffer, at: number) => number;

/** The writer for a field type; one that always returns UNDECIDED where its text has to be parsed. */
export function fieldWriter({ kind, maxLength }: FieldType): FieldWriter {
  if (kind === "text") return maxLength === Number.POSITIVE_INFINITY ? writeText : limited(maxLength);
  return WRITERS[kind];
}

const WRITERS: Readonly<Record<Exclude<FieldKind, "text">, FieldWriter>> = {
  int2: integer(4),
  int4: integer(9),
  int8: integer(18),
  decimal: checked(isPlainDecimal),
  float: checked(isShortFloat),
  boolean: checked((bytes, start, end) => end - start === 1 && (bytes[start] === LOWER_T || bytes[start] === LOWER_F)),
  date: checked((bytes, start, end) => end - start === 10 && isDateAt(bytes, start)),
  timestamp: checked((bytes, start, end) => timeEnd(bytes, start, end) === end),
  timestamptz: checked(isMoment),
  uuid: checked(isUuid),
  json: () => UNDECIDED,
};

function checked(accepts: (bytes: Buffer, start: number, end: number) => boolean): FieldWriter {
  return (bytes, start, end, out, at) => {
    if (!accepts(bytes, start, end)) return UNDECIDED;
    for (let index = start; index < end; index += 1) out[at++] = bytes[index]!;
    return at;
  };
}

/** Digits without a leading zero: up to `digits` of them always fit the type. */
function integer(digits: number): FieldWriter {
  return (bytes, start, end, out, at) => {
    let index = start;
    if (bytes[index] === MINUS) out[at++] = bytes[index++]!;
    if (index >= end || end - index > digits) return UNDECIDED;
    if (bytes[index] === ZERO && (end - index > 1 || index > start)) return UNDECIDED;
    for (; index < end; index += 1) {
      const byte = bytes[index]!;
      if (byte < ZERO || byte > NINE) return UNDECIDED;
      out[at++] = byte;
    }
    return at;
  };
}

function writeText(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index]!;
    if (byte < 0x20 || byte === BACKSLASH) {
      const escape = ESCAPES[byte]!;
      if (escape === 0) {
        if (byte === 0) return UNDECIDED;
      } else {
        out[at++] = BACKSLASH;
        out[at++] = escape;
        continue;
      }
    }
    out[at++] = byte;
  }
  return at;
}

/** Content between quotes in which each quote stands twice. */
export function writeEscapedText(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let from = start;
  for (let index = start; index < end; index += 1) {
    if (bytes[index] !== QUOTE) continue;
    at = writeText(bytes, from, index + 1, out, at);
    if (at === UNDECIDED) return UNDECIDED;
    index += 1;
    from = index + 1;
  }
  return writeText(bytes, from, end, out, at);
}

const ESCAPES = new Uint8Array(0x80);
for (const [character, escape] of [
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\v", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\\", "\\"],
] as const) {
  ESCAPES[character.charCodeAt(0)] = escape.charCodeAt(0);
}

/** There are at least as many bytes as characters. */
function limited(maxLength: number): FieldWriter {
  return (bytes, start, end, out, at) => (end - start > maxLength ? UNDECIDED : writeText(bytes, start, end, out, at));
}

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let index = start;
  while (index < end && bytes[index]! >= ZERO && bytes[index]! <= NINE) index += 1;
  return index;
}

/** Of a decimal that needs no second look. */
const MOST_DIGITS = 400;

function isPlainDecimal(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > MOST_DIGITS) return false;
  const whole = bytes[start] === MINUS ? start + 1 : start;
  const point = digitsEnd(bytes, whole, end);
  if (point === whole) return false;
  return point === end || (bytes[point] === POINT && digitsEnd(bytes, point + 1, end) === end);
}

/** As JavaScript writes it, which it does for up to 15 digits that are not very small. */
function isShortFloat(bytes: Buffer, start: number, end: number): boolean {
  const whole = bytes[start] === MINUS ? start + 1 : start;
  if (end - whole > 16 || whole === end) return false;
  const point = digitsEnd(bytes, whole, end);
  if (point === whole || (bytes[whole] === ZERO && point - whole > 1)) return false;
  if (point === end) return point - whole <= 15 && !(bytes[whole] === ZERO && whole > start);
  if (
    bytes[point] !== POINT ||
    digitsEnd(bytes, point + 1, end) !== end ||
    point + 1 === end ||
    bytes[end - 1] === ZERO
  )
    return false;
  if (bytes[whole] !== ZERO) return true;
  return bytes[point + 1] !== ZERO || bytes[point + 2] !== ZERO;
}

function two(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 99;
}

function isDateAt(bytes: Buffer, at: number): boolean {
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS || digitsEnd(bytes, at, at + 4) !== at + 4) return false;
  return isDay(two(bytes, at) * 100 + two(bytes, at + 2), two(bytes, at + 5), two(bytes, at + 8));
}

/** The offset behind a day and a time with seconds; -1 where there is none. */
function timeEnd(bytes: Buffer, start: number, end: number): number {
  if (end - start < 19 || bytes[start + 10] !== UPPER_T || !isDateAt(bytes, start)) return -1;
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return -1;
  if (two(bytes, start + 11) > 23 || two(bytes, start + 14) > 59 || two(bytes, start + 17) > 59) return -1;
  if (bytes[start + 19] !== POINT || end === start + 19) return start + 19;
  const fraction = digitsEnd(bytes, start + 20, end);
  return fraction > start + 20 ? fraction : -1;
}

function isMoment(bytes: Buffer, start: number, end: number): boolean {
  const zone = timeEnd(bytes, start, end);
  if (zone < 0) return false;
  if (zone + 1 === end) return bytes[zone] === UPPER_Z;
  if (zone + 6 !== end || (bytes[zone] !== PLUS && bytes[zone] !== MINUS) || bytes[zone + 3] !== COLON) return false;
  return two(bytes, zone + 1) <= 15 && two(bytes, zone + 4) <= 59;
}

function isUuid(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== 36) return false;
  for (let index = 0; index < 36; index += 1) {
    const byte = bytes[start + index]!;
    const hyphen = index === 8 || index === 13 || index === 18 || index === 23;
    if (hyphen ? byte !== MINUS : !((byte >= ZERO && byte <= NINE) || (byte >= 0x61 && byte <= LOWER_F))) return false;
  }
  return true;
}
