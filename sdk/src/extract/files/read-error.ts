import { resolve } from "node:path";
import { FatalError, MillraceError, RetryableError } from "../../errors/millrace-error.ts";

/** What reading a file of this machine raised, in our words: SOURCE_NOT_FOUND, or SOURCE_UNREADABLE, which may pass. */
export function fileError(path: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const details = { path: resolve(path) };
  if (code === "ENOENT" || code === "ENOTDIR") return fileMissing(path, cause);
  if (code === "EACCES" || code === "EPERM" || code === "EISDIR") {
    return new FatalError("SOURCE_NOT_FOUND", `${resolve(path)} can not be read as a file (${code})`, {
      details,
      cause,
    });
  }
  return new RetryableError("SOURCE_UNREADABLE", `Reading ${resolve(path)} failed: ${(cause as Error).message}`, {
    details,
    cause,
  });
}

export function fileMissing(path: string, cause?: unknown): FatalError {
  return new FatalError("SOURCE_NOT_FOUND", `There is no file ${resolve(path)}`, {
    fix: "Check the path in the operator's config, and that the partition's file has arrived",
    details: { path: resolve(path) },
    cause,
  });
}

export function noFiles(what: string): FatalError {
  return new FatalError("SOURCE_NOT_FOUND", `There is no file ${what}`, {
    fix: "Check the path in the operator's config, and that the partition's files have arrived",
  });
}

/** The file is no longer what was listed: what has been read of it may belong to either. */
export function fileMoving(uri: string): RetryableError {
  return new RetryableError("SOURCE_MOVING", `${uri} was changed while it was read`, {
    fix: "Let whoever writes it write another file and rename that at the end; the next attempt reads it afresh",
  });
}
