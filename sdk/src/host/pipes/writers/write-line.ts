import { FatalError } from "../../../errors/millrace-error.ts";
import { fs } from "../builtins.ts";
import { pauseMs } from "./pause.ts";

// Taken once, so that leading away what others write to a stream does not lead away the messages.
const { writeSync } = fs;

// Reused for lines that fit: the many small ones are most of what is written.
const scratch = Buffer.alloc(8_192);

/** Writes the ASCII line and its newline in one call; goes on where the system took only a part or was busy. */
export function writeLine(fd: number, line: string): void {
  const length = line.length + 1;
  const bytes = length <= scratch.length ? scratch : Buffer.allocUnsafe(length);
  bytes.write(line, "latin1");
  bytes[length - 1] = 10;
  for (let written = 0; written < length;) written += writeSome(fd, bytes, written, length);
}

function writeSome(fd: number, bytes: Buffer, from: number, to: number): number {
  try {
    return writeSync(fd, bytes, from, to - from);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A pipe that someone made non-blocking is full: its reader needs a moment.
    if (code === "EAGAIN") pauseMs(2);
    if (code === "EAGAIN" || code === "EINTR") return 0;
    throw new FatalError("PIPES_WRITE_FAILED", `A message could not be written (${code})`, {
      fix:
        code === "EPIPE"
          ? "The launcher is gone; launch the run again"
          : "See that the destination of the messages can be written",
      cause,
    });
  }
}
