import { fs } from "../builtins.ts";
import { encodeMessage } from "../message.ts";
import { pauseMs } from "./pause.ts";
import { writeLine } from "./write-line.ts";

/** Lines above this are worth waiting for: below, a reader that sees one half written is one in some ten thousand. */
export const riskyLineBytes = 8_192;

const tries = 5;
const waitMs = 200;
// A reader that has found nothing more sleeps for 10 ms; it needs part of the first to find that out.
const settleMs = 1;
const lateMs = 3;

// Dagster writes the text of this message to its stdout: nothing.
const probe = encodeMessage({ method: "log_external_stream", params: { stream: "stdout", text: "", extras: {} } });

/**
 * Waits until whoever reads the file has just looked and found nothing new.
 *
 * Dagster's reader looks every 10 ms and takes a half-written line for a whole one, which ends it; a file grows page by
 * page while it is written, so a line of 900 kB would meet that fate once in some fifteen times. The reader, found
 * among the processes that launched this one, shows its position: a small message that it has just read means that it
 * sleeps now. Returns whether a reader was seen to read on; where none is, waiting helps nobody.
 */
export function awaitQuietMoment(fd: number, reader: FileReader): boolean {
  for (let attempt = 0; attempt < tries; attempt++) {
    if (reader.position() === null) return false;
    writeLine(fd, probe);
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

/** Someone who reads the file that we append to. */
export interface FileReader {
  /** How far it has read, in bytes; null where that can not be seen. */
  position(): number | null;
}

/** Looks for a reader of the file among the processes that launched this one, as far as the system shows them. */
export function findFileReader(path: string): FileReader {
  const entry = findEntry(path);
  return {
    position: () => {
      if (entry === null) return null;
      try {
        const match = /^pos:\s+(\d+)/.exec(fs.readFileSync(entry, "latin1"));
        return match ? Number(match[1]) : null;
      } catch {
        return null;
      }
    },
  };
}

function findEntry(path: string): string | null {
  try {
    const file = fs.realpathSync(path);
    for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
      const found = descriptorOf(pid, file);
      if (found !== null) return `/proc/${pid}/fdinfo/${found}`;
    }
  } catch {
    // No /proc here, or not ours to read.
  }
  return null;
}

function descriptorOf(pid: number, file: string): string | null {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of fs.readdirSync(folder)) {
    try {
      if (fs.readlinkSync(`${folder}/${descriptor}`) === file) return descriptor;
    } catch {
      // It was closed meanwhile.
    }
  }
  return null;
}

/** Field 4 of the process's status, after the name in parentheses. */
function parentOf(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
}
