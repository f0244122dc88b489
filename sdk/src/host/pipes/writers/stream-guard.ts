import { fs } from "../builtins.ts";
import type { StdioStream } from "../protocol.ts";
import { interceptWrites } from "./intercept-writes.ts";

const numbers: { readonly [stream in StdioStream]: 1 | 2 } = { stdout: 1, stderr: 2 };

export interface StreamGuard {
  /** The file descriptor that still leads where the stream led. */
  readonly fd: number;
  release(): void;
}

/**
 * Keeps a stream for messages alone: what anyone else prints to it from here on comes out of the other standard
 * stream. Pipes are exchanged by their file descriptors, which binds native code and child processes too. Sockets can
 * not be, and files must not be (two descriptors write over each other): there, what JavaScript writes is led away.
 */
export function guardStream(stream: StdioStream): StreamGuard {
  const own = numbers[stream];
  const other = stream === "stdout" ? numbers.stderr : numbers.stdout;
  return exchangeDescriptors(own, other) ?? { fd: own, release: interceptWrites(own, { redirectTo: other }) };
}

function exchangeDescriptors(own: number, other: number): StreamGuard | null {
  let kept: number;
  try {
    if (fs.fstatSync(own).isFile() || fs.fstatSync(other).isFile()) return null;
    kept = fs.openSync(`/dev/fd/${own}`, "a");
    fs.closeSync(fs.openSync(`/dev/fd/${other}`, "a"));
  } catch {
    return null;
  }
  point(own, other);
  return {
    fd: kept,
    release: () => {
      point(own, kept);
      fs.closeSync(kept);
    },
  };
}

/** Makes the number `fd` lead where `target` leads: a file that is opened gets the lowest number that is free. */
function point(fd: number, target: number): void {
  fs.closeSync(fd);
  const opened = fs.openSync(`/dev/fd/${target}`, "a");
  if (opened !== fd) throw new Error(`File descriptor ${fd} was taken while it was exchanged.`);
}
