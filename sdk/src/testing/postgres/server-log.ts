import { open, stat } from "node:fs/promises";

/** How many bytes the log has by now, to read later what came after. */
export async function logSize(logFile: string): Promise<number> {
  return (await stat(logFile).catch(() => null))?.size ?? 0;
}

/** The last lines that were written to the log after its first `offset` bytes. */
export async function lastLines(logFile: string, offset: number, maxLines = 20, maxBytes = 16_384): Promise<string> {
  await using file = await open(logFile).catch(() => null);
  if (file === null) return "";
  const { size } = await file.stat();
  const start = Math.max(offset, size - maxBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, undefined, start);
  return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").slice(-maxLines).join("\n");
}
