import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";

/** Where content is cut, each as a share of its length. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([]),
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
  // At each byte.
  fc.constant<number[]>([-1]),
);

/** Content with more bytes is not cut at each of them: a frame takes a tenth of a millisecond. */
const CUT_AT_EACH = 150;

/** The content as a file of zstd frames: a reader is given one frame after the other, so that its chunks end there. */
export function inFrames(content: Buffer, at: readonly number[]): Buffer {
  const ends =
    at[0] === -1 && content.length <= CUT_AT_EACH
      ? content.keys().map((index) => index + 1)
      : at.map((share) => Math.round(share * content.length)).toSorted((a, b) => a - b);
  const frames: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, content.length]) {
    if (end > start || frames.length === 0) frames.push(zstdCompressSync(content.subarray(start, end)));
    start = end;
  }
  return Buffer.concat(frames);
}
