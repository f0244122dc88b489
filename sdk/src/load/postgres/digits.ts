const ZERO = 0x30;

/** Of a row's number. */
export const MAX_DIGITS = 10;

/** Writes the digits of a whole number that is not negative, and returns where they end. */
export function writeDigits(value: number, out: Buffer, at: number): number {
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end += 1;
  for (let index = end - 1, rest = value; index >= at; index -= 1, rest = Math.floor(rest / 10))
    out[index] = ZERO + (rest % 10);
  return end;
}
