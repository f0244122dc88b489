import { FatalError } from "../errors/millrace-error.ts";

const maxLineBytes = 64 * 1024 * 1024;

/** A stream that the launcher keeps open for as long as it lives. It does not keep the process alive. */
export interface Lifeline {
  /** The first line. Raises PIPES_CONTEXT_INVALID where the stream ends before it. */
  readLine(): Promise<string>;
  /** Calls back when the launcher is gone, also where it is already. */
  onClosed(callback: () => void): void;
}

export function openLifeline(stream: NodeJS.ReadStream = process.stdin): Lifeline {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let closed = false;
  let line: string | undefined;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const callback of waiting) callback();
  };

  const take = (chunk: Buffer): void => {
    // Only the first line says anything; what follows is read so that the end can be seen.
    if (line !== undefined) return;
    const end = chunk.indexOf(10);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    bytes += chunk.length;
    if (end >= 0 || bytes > maxLineBytes) {
      line = Buffer.concat(chunks.splice(0)).toString("utf8");
      wake();
    }
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    wake();
  };
  stream.on("data", take).on("end", close).on("close", close).on("error", close);
  stream.unref?.();

  return {
    readLine: async () => {
      stream.ref?.();
      await until(() => line !== undefined || closed, waiting);
      stream.unref?.();
      if (line === undefined) {
        throw new FatalError("PIPES_CONTEXT_INVALID", "stdin ended before the line with the context", {
          fix: "Let the launcher write the context as one line and keep stdin open; see docs/protocol.md",
        });
      }
      return line;
    },
    onClosed: (callback) => void until(() => closed, waiting).then(callback),
  };
}

async function until(condition: () => boolean, waiting: Set<() => void>): Promise<void> {
  while (!condition()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    await promise;
    waiting.delete(resolve);
  }
}
