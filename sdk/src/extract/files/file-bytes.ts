import { FatalError, MillraceError } from "../../errors/millrace-error.ts";
import { readGzip } from "./gzip.ts";
import type { InputFile } from "./input-file.ts";
import { peek } from "./peek.ts";
import { readZstd } from "./zstd.ts";

const CHUNK_BYTES = 256 * 1024;

type Compression = "gzip" | "zstd";

const MAGIC: readonly (readonly [Compression, Buffer])[] = [
  ["gzip", Buffer.from([0x1f, 0x8b, 0x08])],
  ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

/**
 * The file's content: gzip and zstd are decompressed, known by the name (`.gz`, `.zst`) or else by the first bytes.
 * Raises FatalError SOURCE_NOT_FOUND, SOURCE_CORRUPT; RetryableError SOURCE_UNREADABLE, SOURCE_MOVING.
 */
export async function* readContent(file: InputFile, signal: AbortSignal): AsyncIterable<Buffer> {
  const { first, all } = await peek(file.read(signal), 4);
  const compression = compressionOf(file.uri, first);
  if (compression === null) {
    yield* all;
    return;
  }
  try {
    yield* compression === "gzip" ? readGzip(all, CHUNK_BYTES) : readZstd(all, CHUNK_BYTES);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MillraceError) throw error;
    throw new FatalError("SOURCE_CORRUPT", `${file.uri} is not a whole ${compression} file: ${messageOf(error)}`, {
      fix: "Fetch the file again",
      details: { file: file.uri },
      cause: error,
    });
  }
}

function compressionOf(uri: string, first: Buffer): Compression | null {
  if (/\.gz(ip)?$/i.test(uri)) return "gzip";
  if (/\.zstd?$/i.test(uri)) return "zstd";
  return MAGIC.find(([, magic]) => first.subarray(0, magic.length).equals(magic))?.[0] ?? null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
