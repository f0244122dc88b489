import { fs } from "../builtins.ts";
import { type DirectAppend, openDirectAppend } from "./direct-append.ts";
import { type FileReader, findFileReader } from "./file-reader.ts";
import { awaitQuietMoment } from "./quiet-moment.ts";
import { writeLine } from "./write-line.ts";

/** Lines above this are long: shorter ones are seen half written by a reader once in some ten thousand, at most. */
export const longLineBytes = 8_192;

export interface LongLineWriter {
  write(line: string): void;
  close(): void;
}

/**
 * Appends long lines to a file that another process reads while it grows.
 *
 * Dagster's reader looks every 10 ms and takes a half-written line for a whole one, which ends it; a file grows page by
 * page while it is written, so that a line of 900 kB sent at any moment ends the reader once in some fifteen times. So
 * such a line is written in one step where the file system can do that, else while the reader sleeps. Where no reader
 * is seen among the processes that launched this one, it is just written.
 */
export function openLongLineWriter(fd: number, path: string): LongLineWriter {
  // What reads a pipe waits for the end of a line by itself.
  const reader: FileReader | null = fs.fstatSync(fd).isFile() ? findFileReader(path) : null;
  let direct: DirectAppend | null = reader && openDirectAppend(path);
  let waits = reader !== null;
  return {
    write: (line) => {
      if (direct?.append(fd, line)) return;
      direct?.close();
      direct = null;
      if (reader && waits) waits = awaitQuietMoment(fd, reader);
      writeLine(fd, line);
    },
    close: () => direct?.close(),
  };
}
