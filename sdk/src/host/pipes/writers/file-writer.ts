import { FatalError } from "../../../errors/millrace-error.ts";
import { fs } from "../builtins.ts";
import { longLineBytes, type LongLineWriter, openLongLineWriter } from "./long-lines.ts";
import { writeLine } from "./write-line.ts";
import type { PipesWriter } from "./writer.ts";

/** Appends each message to a file, where the launcher reads it at once. */
export function openFileWriter(path: string): PipesWriter {
  const fd = open(path);
  let long: LongLineWriter | undefined;
  const release = (): void => {
    long?.close();
    fs.closeSync(fd);
  };
  return {
    ...openFdWriter(fd, release),
    write: (line) => {
      if (line.length <= longLineBytes) writeLine(fd, line);
      else (long ??= openLongLineWriter(fd, path)).write(line);
    },
  };
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
    return fs.openSync(path, "a");
  } catch (cause) {
    throw new FatalError("PIPES_WRITE_FAILED", `The file for messages, ${path}, could not be opened`, {
      fix: "See that launcher and process share the file and may write it",
      cause,
    });
  }
}
