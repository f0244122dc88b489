import { FatalError } from "../../../errors/millrace-error.ts";
import { fs } from "../builtins.ts";
import { awaitQuietMoment, type FileReader, findFileReader, riskyLineBytes } from "./quiet-moment.ts";
import { writeLine } from "./write-line.ts";
import type { PipesWriter } from "./writer.ts";

/** Appends each message to a file, where the launcher reads it at once. */
export function openFileWriter(path: string): PipesWriter {
  const fd = open(path);
  // What reads a pipe waits for the end of a line by itself.
  let isTailed = fs.fstatSync(fd).isFile();
  let reader: FileReader | undefined;
  return {
    ...openFdWriter(fd, () => fs.closeSync(fd)),
    write: (line) => {
      if (isTailed && line.length > riskyLineBytes) isTailed = awaitQuietMoment(fd, (reader ??= findFileReader(path)));
      writeLine(fd, line);
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
