import { closeSync, openSync } from "node:fs";
import { FatalError } from "../../../errors/millrace-error.ts";
import { writeLine } from "./write-line.ts";
import type { PipesWriter } from "./writer.ts";

/** Appends each message to a file, where the launcher reads it at once. */
export function openFileWriter(path: string): PipesWriter {
  const fd = open(path);
  return openFdWriter(fd, () => closeSync(fd));
}

/** Writes each message to an open file descriptor. */
export function openFdWriter(fd: number, release: () => void = () => {}): PipesWriter {
  return {
    write: (line) => writeLine(fd, line),
    flush: async () => {},
    close: async () => release(),
    closeNow: release,
  };
}

function open(path: string): number {
  try {
    return openSync(path, "a");
  } catch (cause) {
    throw new FatalError("PIPES_WRITE_FAILED", `The file for messages, ${path}, could not be opened`, {
      fix: "See that launcher and process share the file and may write it",
      cause,
    });
  }
}
