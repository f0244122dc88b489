import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeParam } from "../../src/host/pipes/params.ts";
import { bareContext, type Message, readMessages } from "./launched.ts";

/** Runs the app while this process reads what it appends every 10 ms, as Dagster does, or while nobody reads. */
async function run(folder: string, { reads = true } = {}): Promise<string> {
  const own = mkdtempSync(join(folder, "millrace-long-"));
  const path = join(own, "messages");
  writeFileSync(path, "");
  const fd = openSync(path, "r");
  if (!reads) closeSync(fd);
  const chunk = Buffer.alloc(1 << 20);
  const reading = reads
    ? setInterval(() => {
        while (readSync(fd, chunk) > 0);
      }, 10)
    : undefined;
  const child = spawn(process.execPath, [join(import.meta.dirname, "apps/long.ts")], {
    env: {
      ...process.env,
      DAGSTER_PIPES_CONTEXT: encodeParam({ data: bareContext }),
      DAGSTER_PIPES_MESSAGES: encodeParam({ path }),
    },
    stdio: "ignore",
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(0);
  clearInterval(reading);
  if (reads) closeSync(fd);
  const text = readFileSync(path, "latin1");
  // Not every folder here is one that the test run clears away.
  rmSync(own, { recursive: true });
  return text;
}

/** Where each long line begins and ends in the file. */
function longLines(text: string): { start: number; end: number; before: Message | undefined }[] {
  const messages = readMessages(text);
  let at = 0;
  return text.split("\n").flatMap((line, index) => {
    const start = at;
    at += line.length + 1;
    return line.length > 8_192 ? [{ start, end: at, before: messages[index - 1] }] : [];
  });
}

const nothing = { method: "log_external_stream", params: { stream: "stdout", text: "", extras: {} } };
const spoken = (text: string) =>
  readMessages(text).flatMap(({ method, params }) => (method === "report_custom_message" ? [params.payload.at] : []));
const inOrder = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
const growsAtOnce = [0xef53, 0x58465342, 0x794c7630].includes(statfsSync(tmpdir()).type);

test.skipIf(!growsAtOnce)(
  "a long line is written at once: it fills whole blocks, after a line that says nothing",
  async () => {
    const text = await run(tmpdir());
    const lines = longLines(text);
    expect(lines).toHaveLength(5);
    for (const { start, end, before } of lines) {
      expect([start % 4_096, end % 4_096]).toEqual([0, 0]);
      expect(before).toMatchObject(nothing);
    }
    expect(spoken(text)).toEqual(inOrder);
  },
);

test.skipIf(!existsSync("/dev/shm"))(
  "where a file can only grow in steps, a long line follows a line that says nothing, which the reader has read",
  async () => {
    const text = await run("/dev/shm");
    const lines = longLines(text);
    expect(lines).toHaveLength(5);
    expect(lines.some(({ end }) => end % 4_096 !== 0)).toBe(true);
    for (const { before } of lines) expect(before).toMatchObject(nothing);
    expect(spoken(text)).toEqual(inOrder);
  },
);

test("where nobody reads, there is nothing but what was said", async () => {
  const text = await run(tmpdir(), { reads: false });
  expect(spoken(text)).toEqual(inOrder);
  expect(readMessages(text)).toHaveLength(12);
});
