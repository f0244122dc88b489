import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openChunkWriter } from "../../src/host/pipes/writers/chunk-writer.ts";

const message = { method: "log", params: { message: "", level: "INFO" } } as const;

function recorded(options?: { intervalMs?: number; fail?: (number: number) => boolean }) {
  const chunks: [number, string][] = [];
  let released = 0;
  const writer = openChunkWriter(
    async (number, text) => {
      // A later chunk that is quicker must not overtake.
      await sleep(number === 1 ? 20 : 0);
      if (options?.fail?.(number)) throw new Error(`chunk ${number} was not taken`);
      chunks.push([number, text]);
    },
    { intervalMs: options?.intervalMs ?? 60_000, release: () => released++ },
  );
  return { writer, chunks, released: () => released };
}

test("chunks are numbered from 1, in order, without gaps, and hold all lines", async () => {
  const { writer, chunks, released } = recorded();
  writer.write("a", message);
  writer.write("b", message);
  void writer.flush();
  await writer.flush();
  writer.write("c", message);
  await writer.close();
  expect(chunks).toEqual([
    [1, "a\nb"],
    [2, "c"],
  ]);
  expect(released()).toBe(1);
});

test("a chunk is sent by itself after the interval", async () => {
  const { writer, chunks } = recorded({ intervalMs: 5 });
  writer.write("a", message);
  while (chunks.length === 0) await sleep(5);
  expect(chunks).toEqual([[1, "a"]]);
  await writer.close();
});

test("much is sent at once", async () => {
  const { writer, chunks } = recorded();
  for (let line = 0; line < 21; line++) writer.write("x".repeat(900_000), message);
  while (chunks.length < 2) await sleep(5);
  await writer.close();
  expect(chunks.map(([number]) => number)).toEqual([1, 2, 3]);
  expect(chunks.map(([, text]) => text.length).reduce((sum, length) => sum + length + 1, 0)).toBe(21 * 900_001);
});

test("a chunk that could not be uploaded is an error, and nothing after it is sent, which would leave a gap", async () => {
  const { writer, chunks, released } = recorded({ fail: (number) => number === 2 });
  writer.write("a", message);
  await writer.flush();
  writer.write("b", message);
  await expect(writer.flush()).rejects.toThrow("chunk 2 was not taken");
  writer.write("c", message);
  await expect(writer.close()).rejects.toThrow("chunk 2 was not taken");
  expect(chunks).toEqual([[1, "a"]]);
  expect(released()).toBe(1);
});
