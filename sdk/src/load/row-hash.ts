import xxhash from "xxhash-wasm";

/** Hashes encoded rows, to tell changed ones from unchanged: 16 hexadecimal digits of XXH64. */
export interface RowHash {
  /** Of a row's encoded text. */
  ofText(row: string): string;
  /** Of the same text as UTF-8; writes the digits at `at` of `bytes`. */
  writeOfBytes(bytes: Buffer, row: { readonly start: number; readonly end: number }, at: number): void;
}

export const HASH_LENGTH = 16;

const DIGITS = Buffer.from("0123456789abcdef");

/** XXH64 (https://xxhash.com): fast, and no cryptographic hash; two rows in 2^64 that differ are taken for equal. */
export async function loadRowHash(): Promise<RowHash> {
  const { h64ToString, h64Raw } = await xxhash();
  const scratch = new DataView(new ArrayBuffer(8));
  return {
    ofText: (row) => h64ToString(row),
    writeOfBytes(bytes, { start, end }, at) {
      scratch.setBigUint64(0, h64Raw(bytes.subarray(start, end)));
      for (let index = 0; index < 8; index += 1) {
        const byte = scratch.getUint8(index);
        bytes[at + 2 * index] = DIGITS[byte >> 4]!;
        bytes[at + 2 * index + 1] = DIGITS[byte & 15]!;
      }
    },
  };
}
