import { fs } from "../builtins.ts";

export interface Interception {
  /** Sees a copy of everything written. */
  readonly observe?: (bytes: Uint8Array) => void;
  /** The standard stream to which the writes go instead. */
  readonly redirectTo?: 1 | 2;
}

type Write = (...args: unknown[]) => unknown;
const calls = ["write", "writeSync", "writev", "writevSync"] as const;

/**
 * Steps between JavaScript and a standard stream, whether it is written to through `process` or through `fs` (as pino
 * does). Returns what undoes it.
 */
export function interceptWrites(fd: 1 | 2, { observe, redirectTo }: Interception): () => void {
  const stream = streamOf(fd);
  const target = redirectTo === undefined ? stream : streamOf(redirectTo);
  const table = fs as unknown as Record<string, Write>;
  const originals = new Map<string, Write>(calls.map((name) => [name, table[name] as Write]));
  const streamWrite = stream.write as Write;
  const targetWrite = target.write as Write;
  // A stream on a file writes through `fs` itself: that is the same write, not a second one.
  let inside = false;

  const pass = (bytes: () => readonly Uint8Array[], write: () => unknown): unknown => {
    if (inside) return write();
    inside = true;
    try {
      if (observe) for (const part of bytes()) observe(part);
      return write();
    } finally {
      inside = false;
    }
  };

  const patchedStreamWrite: Write = (...args) =>
    pass(
      () => [toBytes(args[0], args[1])],
      () => targetWrite.apply(target, args),
    );
  stream.write = patchedStreamWrite as typeof stream.write;
  for (const [name, original] of originals) {
    table[name] = (...args) => {
      if (args[0] !== fd || inside) return original.apply(fs, args);
      return pass(
        () => writtenBytes(args),
        () => original.call(fs, redirectTo ?? fd, ...args.slice(1)),
      );
    };
  }
  refreshImports();

  return () => {
    if ((stream.write as Write) === patchedStreamWrite) stream.write = streamWrite as typeof stream.write;
    for (const [name, original] of originals) table[name] = original;
    refreshImports();
  };
}

/** Lets `import { writeSync } from "node:fs"` elsewhere see what was exchanged here. */
function refreshImports(): void {
  process.getBuiltinModule("node:module").syncBuiltinESMExports();
}

function streamOf(fd: 1 | 2): NodeJS.WriteStream {
  return fd === 1 ? process.stdout : process.stderr;
}

/** The bytes of a call of `fs.write*`: a string, a view with offset and length, or an array of views. */
function writtenBytes([, data, offset, length]: readonly unknown[]): readonly Uint8Array[] {
  if (Array.isArray(data)) return data;
  if (typeof data === "string") return [toBytes(data, length)];
  const bytes = toBytes(data, undefined);
  const options =
    typeof offset === "object" && offset !== null
      ? (offset as { offset?: number; length?: number })
      : { offset, length };
  const from = typeof options.offset === "number" ? options.offset : 0;
  return [bytes.subarray(from, typeof options.length === "number" ? from + options.length : undefined)];
}

function toBytes(data: unknown, encoding: unknown): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(String(data), typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}
