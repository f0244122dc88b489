import { fs } from "../builtins.ts";
import type { FileReader } from "./file-reader.ts";
import { emptyLine } from "./empty-line.ts";
import { pauseMs } from "./pause.ts";
import { writeLine } from "./write-line.ts";

const tries = 5;
const waitMs = 200;
// A reader that has found nothing more sleeps for 10 ms; it needs part of the first to find that out.
const settleMs = 1;
const lateMs = 3;

/**
 * Waits until the reader has just looked and found nothing new. A small message that it has just read, as its position
 * shows, means that it sleeps now. Returns whether it was seen to read on; where it was not, waiting helps nobody.
 */
export function awaitQuietMoment(fd: number, reader: FileReader): boolean {
  for (let attempt = 0; attempt < tries; attempt++) {
    if (reader.position() === null) return false;
    writeLine(fd, emptyLine);
    const end = fs.fstatSync(fd).size;
    const seen = waitForPosition(reader, end);
    if (seen === null) return false;
    pauseMs(settleMs);
    // On a busy machine the pause can last longer than the reader's sleep.
    if (performance.now() - seen < lateMs) return true;
  }
  return true;
}

/** When the reader was last seen before it had reached the position; null where it does not get there. */
function waitForPosition(reader: FileReader, end: number): number | null {
  const start = performance.now();
  for (let before = start; before - start < waitMs;) {
    const position = reader.position();
    if (position === null) return null;
    if (position >= end) return before;
    before = performance.now();
    pauseMs(0.1);
  }
  return null;
}
