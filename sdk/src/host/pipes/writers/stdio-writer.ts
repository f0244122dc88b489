import type { StdioStream } from "../protocol.ts";
import { guardStream } from "./stream-guard.ts";
import { writeLine } from "./write-line.ts";
import type { PipesWriter } from "./writer.ts";

/** Writes each message to stdout or stderr; whatever else the process prints there goes to the other of the two. */
export function openStdioWriter(stream: StdioStream): PipesWriter {
  const guard = guardStream(stream);
  return {
    write: (line) => writeLine(guard.fd, line),
    flush: async () => {},
    close: async () => guard.release(),
    closeNow: guard.release,
  };
}

/** As `openStdioWriter`, but keeps all messages until the end. */
export function openBufferedStdioWriter(stream: StdioStream): PipesWriter {
  const guard = guardStream(stream);
  const lines: string[] = [];
  const end = (): void => {
    for (const line of lines.splice(0)) writeLine(guard.fd, line);
    guard.release();
  };
  return {
    write: (line) => lines.push(line),
    flush: async () => {},
    close: async () => end(),
    closeNow: end,
  };
}
