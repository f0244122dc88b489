import xxhash from "xxhash-wasm";

/** Hashes encoded rows, to tell changed ones from unchanged: 16 hexadecimal digits of XXH64. */
export interface RowHash {
  /** Writes a tab and the hash of what stands from `start` to `end` behind that; returns where they end. */
  append(bytes: Buffer, start: number, end: number): number;
}

export const HASH_LENGTH = 16;

const TAB = 0x09;
const DIGITS = Buffer.from("0123456789abcdef");

/** XXH64 (https://xxhash.com): fast, and no cryptographic hash; two rows in 2^64 that differ are taken for equal. */
export async function loadRowHash(): Promise<RowHash> {
  const { h64Raw } = await xxhash();
  const scratch = new DataView(new ArrayBuffer(8));
  return {
    append(bytes, start, end) {
      scratch.setBigUint64(0, h64Raw(bytes.subarray(start, end)));
      bytes[end] = TAB;
      let at = end + 1;
      for (let index = 0; index < 8; index += 1) {
        const byte = scratch.getUint8(index);
        bytes[at++] = DIGITS[byte >> 4]!;
        bytes[at++] = DIGITS[byte & 15]!;
      }
      return at;
    },
  };
}
