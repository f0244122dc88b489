import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { openLifeline } from "../../src/host/lifeline.ts";

function open() {
  const stream = new PassThrough();
  return { stream, lifeline: openLifeline(stream as unknown as NodeJS.ReadStream) };
}

test("the first line, in pieces cut through a character, whatever follows it", async () => {
  const { stream, lifeline } = open();
  const line = lifeline.readLine();
  for (const byte of Buffer.from('{"a":"é😀"}\nmore')) {
    stream.write(Buffer.from([byte]));
    await turn();
  }
  expect(await line).toBe('{"a":"é😀"}');
  expect(await lifeline.readLine()).toBe('{"a":"é😀"}');
});

test("a stream that ends first", async () => {
  const { stream, lifeline } = open();
  stream.end("no newline");
  await expect(lifeline.readLine()).rejects.toThrow(
    "[PIPES_CONTEXT_INVALID] stdin ended before the line with the context.",
  );
});

test.each<[string, (stream: PassThrough) => void]>([
  ["ends", (stream) => stream.end()],
  ["is destroyed", (stream) => stream.destroy()],
  ["fails", (stream) => stream.destroy(new Error("EIO"))],
])("the launcher is gone when the stream %s, also for who asks afterwards; once", async (_, close) => {
  const { stream, lifeline } = open();
  const heard: string[] = [];
  lifeline.onClosed(() => heard.push("before"));
  stream.write("line\n");
  await turn();
  expect(heard).toEqual([]);
  close(stream);
  await turn();
  await turn();
  lifeline.onClosed(() => heard.push("after"));
  await turn();
  expect(heard).toEqual(["before", "after"]);
});
