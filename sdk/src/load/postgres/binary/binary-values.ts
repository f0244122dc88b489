const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const UPPER_Z = 0x5a;
const WORD = 0x1_0000_0000;

/** Writes a whole number that a double holds exactly as eight bytes. */
export function writeInt64(value: number, out: Buffer, at: number): void {
  const high = Math.floor(value / WORD);
  writeInt32(high, out, at);
  writeInt32(value - high * WORD, out, at + 4);
}

export function writeInt32(value: number, out: Buffer, at: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

function writeInt16(value: number, out: Buffer, at: number): void {
  out[at] = value >>> 8;
  out[at + 1] = value;
}

/** The number that digits, perhaps behind a minus, stand for: exactly, up to 15 of them. */
function integerOf(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  let value = 0;
  for (let index = negative ? start + 1 : start; index < end; index += 1) value = value * 10 + bytes[index]! - ZERO;
  return negative ? -value : value;
}

// Each writes the value of the plain text that stands from `start` to `end` at `at`, and returns how many bytes that were.

export function writeInt2(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  writeInt16(integerOf(bytes, start, end), out, at);
  return 2;
}

export function writeInt4(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  writeInt32(integerOf(bytes, start, end), out, at);
  return 4;
}

export function writeInt8(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  if (end - start <= 15) writeInt64(integerOf(bytes, start, end), out, at);
  else out.writeBigInt64BE(BigInt(bytes.toString("latin1", start, end)), at);
  return 8;
}

/** Digits in groups of four on both sides of the point; the server takes off zeros that lead or trail. */
export function writeNumeric(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start;
  let point = whole;
  while (point < end && bytes[point] !== POINT) point += 1;
  const scale = point === end ? 0 : end - point - 1;
  const groups = (point - whole + 3) >> 2;
  const digits = groups + ((scale + 3) >> 2);
  writeInt16(digits, out, at);
  writeInt16(groups - 1, out, at + 2);
  writeInt16(whole === start ? 0 : 0x4000, out, at + 4);
  writeInt16(scale, out, at + 6);
  let to = at + 8;
  let group = 0;
  for (let index = whole; index < point; index += 1) {
    group = group * 10 + bytes[index]! - ZERO;
    if (((point - index) & 3) !== 1) continue;
    writeInt16(group, out, to);
    to += 2;
    group = 0;
  }
  for (let place = 0; place < ((scale + 3) >> 2) << 2; place += 1) {
    group = group * 10 + (place < scale ? bytes[point + 1 + place]! - ZERO : 0);
    if ((place & 3) !== 3) continue;
    writeInt16(group, out, to);
    to += 2;
    group = 0;
  }
  return to - at;
}

export function writeFloat8(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  out.writeDoubleBE(Number(bytes.toString("latin1", start, end)), at);
  return 8;
}

function two(bytes: Buffer, at: number): number {
  return bytes[at]! * 10 + bytes[at + 1]! - 11 * ZERO;
}

/** Days from 2000-01-01 to the day that begins at `at`. */
function dayOf(bytes: Buffer, at: number): number {
  const month = two(bytes, at + 5);
  // Years begin in March, so that the day that is not in each of them is the last one.
  const year = two(bytes, at) * 100 + two(bytes, at + 2) - (month < 3 ? 1 : 0);
  const days = Math.floor((153 * (month < 3 ? month + 9 : month - 3) + 2) / 5) + two(bytes, at + 8);
  return year * 365 + (year >> 2) - Math.floor(year / 100) + Math.floor(year / 400) + days - 730_426;
}

export function writeDate(bytes: Buffer, start: number, _end: number, out: Buffer, at: number): number {
  writeInt32(dayOf(bytes, start), out, at);
  return 4;
}

/** Microseconds, of local time or of a moment with its offset. */
export function writeTimestamp(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let seconds =
    dayOf(bytes, start) * 86_400 + two(bytes, start + 11) * 3600 + two(bytes, start + 14) * 60 + two(bytes, start + 17);
  let zone = start + 19;
  let micros = 0;
  if (bytes[zone] === POINT) {
    for (zone += 1; zone < end && bytes[zone]! >= ZERO && bytes[zone]! <= ZERO + 9;) zone += 1;
    micros = microsOf(bytes, start + 20, zone);
  }
  if (zone < end && bytes[zone] !== UPPER_Z) {
    const offset = two(bytes, zone + 1) * 3600 + two(bytes, zone + 4) * 60;
    seconds += bytes[zone] === MINUS ? offset : -offset;
  }
  const total = seconds * 1_000_000 + micros;
  if (Number.isSafeInteger(total)) writeInt64(total, out, at);
  else out.writeBigInt64BE(BigInt(seconds) * 1_000_000n + BigInt(micros), at);
  return 8;
}

/** More than six digits are rounded as the server does it: what lies in the middle to the even one. */
function microsOf(bytes: Buffer, start: number, end: number): number {
  if (end - start <= 6) return integerOf(bytes, start, end) * 10 ** (6 - (end - start));
  const micros = Number(`0.${bytes.toString("latin1", start, end)}`) * 1_000_000;
  const floor = Math.floor(micros);
  const above = micros - floor;
  return above < 0.5 || (above === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function nibble(byte: number): number {
  return byte < 0x3a ? byte - ZERO : byte - 0x57;
}

export function writeUuid(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at;
  for (let index = start; index < end; index += 2) {
    if (bytes[index] === MINUS) index += 1;
    out[to++] = (nibble(bytes[index]!) << 4) | nibble(bytes[index + 1]!);
  }
  return 16;
}
