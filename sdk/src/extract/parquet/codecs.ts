import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Compressors } from "hyparquet";

/** Node's own decompression where it has one, several times as fast; the others are in JavaScript and WebAssembly. */
export async function loadCodecs(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  return {
    ...compressors,
    GZIP: (page, length) => gunzipSync(page, inOneChunk(length)),
    BROTLI: (page, length) => brotliDecompressSync(page, inOneChunk(length)),
    ZSTD: (page, length) => zstdDecompressSync(page, inOneChunk(length)),
  };
}

/** A page's length is known: more is an error, and it need not be put together of parts. */
function inOneChunk(length: number): { readonly chunkSize: number; readonly maxOutputLength: number } {
  return { chunkSize: Math.max(64, length + 1), maxOutputLength: Math.max(1, length) };
}
