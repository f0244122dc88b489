import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FatalError, RetryableError, type MillraceError } from "../errors/millrace-error.ts";

const READ_BYTES = 256 * 1024;

/** The file's bytes, gunzipped where its name ends in `.gz`. Raises FatalError SOURCE_NOT_FOUND, SOURCE_CORRUPT. */
export async function* readFileBytes(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  const file = createReadStream(path, { signal, highWaterMark: READ_BYTES });
  // The callback only keeps an error from being thrown twice: the loop below sees it first.
  const stream = path.endsWith(".gz") ? pipeline(file, createGunzip({ chunkSize: READ_BYTES }), () => {}) : file;
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    signal.throwIfAborted();
    throw readError(path, error);
  }
}

/** Changes with the file's size and time of change. Raises FatalError SOURCE_NOT_FOUND. */
export async function fileFingerprint(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size}-${Math.trunc(mtimeMs)}`;
  } catch (error) {
    throw readError(path, error);
  }
}

function readError(path: string, cause: unknown): MillraceError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const details = { path: resolve(path) };
  if (code === "ENOENT") {
    return new FatalError("SOURCE_NOT_FOUND", `There is no file ${resolve(path)}`, {
      fix: "Check the path in the operator's config, and that the partition's file has arrived",
      details,
      cause,
    });
  }
  if (code === "EACCES" || code === "EISDIR") {
    return new FatalError("SOURCE_NOT_FOUND", `${resolve(path)} can not be read as a file (${code})`, {
      details,
      cause,
    });
  }
  if (code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE") {
    return new FatalError("SOURCE_CORRUPT", `${resolve(path)} is not a whole gzip file: ${(cause as Error).message}`, {
      fix: "Fetch the file again",
      details,
      cause,
    });
  }
  return new RetryableError("SOURCE_UNREADABLE", `Reading ${resolve(path)} failed: ${(cause as Error).message}`, {
    details,
    cause,
  });
}
