import type { PipesWriter } from "./writer.ts";

/** Puts one numbered chunk, lines joined by newlines, where the launcher looks for it. */
export type UploadChunk = (number: number, text: string) => Promise<void>;

const maxChunkBytes = 8 * 1024 * 1024;

/**
 * Gathers messages and uploads them as chunks numbered from 1, in order and without gaps, every `intervalMs` while
 * there are any. A failed upload is raised by the next `flush` or `close`.
 */
export function openChunkWriter(upload: UploadChunk, { intervalMs = 1_000, release = () => {} } = {}): PipesWriter {
  let lines: string[] = [];
  let bytes = 0;
  let last = 0;
  let uploads = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const send = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length > 0) {
      const text = lines.join("\n");
      lines = [];
      bytes = 0;
      uploads = uploads.then(() => upload(++last, text));
      // Whoever flushes next hears of it; until then it must not count as unhandled.
      uploads.catch(() => {});
    }
    return uploads;
  };

  return {
    write: (line) => {
      lines.push(line);
      bytes += line.length + 1;
      if (bytes >= maxChunkBytes) void send().catch(() => {});
      else timer ??= setTimeout(() => void send().catch(() => {}), intervalMs).unref();
    },
    flush: send,
    close: async () => {
      try {
        await send();
      } finally {
        release();
      }
    },
    closeNow: () => {
      if (lines.length > 0)
        process.stderr.write(`${lines.length} messages to the launcher were lost: the process exited at once.\n`);
    },
  };
}
