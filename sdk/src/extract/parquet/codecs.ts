import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Compressors } from "hyparquet";

/** Node's own decompression where it has one, several times as fast; the others are in JavaScript and WebAssembly. */
export async function loadCodecs(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  return {
    ...compressors,
    GZIP: (page) => gunzipSync(page),
    BROTLI: (page) => brotliDecompressSync(page),
    ZSTD: (page) => zstdDecompressSync(page),
  };
}
