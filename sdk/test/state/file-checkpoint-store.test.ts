import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { fileCheckpointStore } from "@millrace/sdk";
import { describeCheckpointStore } from "@millrace/sdk/testing";
import { expect, test } from "vitest";
import { checkpointValue, KEY } from "./checkpoint-value.ts";
import { temporaryPlace } from "./temporary-place.ts";

const KILLS = 30;

describeCheckpointStore(temporaryPlace, { test });

function startWriter(directory: string, ...args: readonly (string | number)[]) {
  const script = join(import.meta.dirname, "set-checkpoints.ts");
  const child = spawn(process.execPath, [script, directory, ...args.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: number[] = [];
  const lines = createInterface({ input: child.stdout });
  const begun = once(lines, "line");
  lines.on("line", (line) => acknowledged.push(Number(line)));
  return { child, acknowledged, begun, ended: Promise.all([once(child, "close"), once(lines, "close")]) };
}

test(`a process killed ${KILLS} times while it writes leaves a whole checkpoint each time, no older than the last it was sure of`, async () => {
  await using place = await temporaryPlace();
  let next = 1;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child, acknowledged, begun, ended } = startWriter(place.directory, "a", next);
    await begun;
    await pause(kill); // at another point of the write each time
    child.kill("SIGKILL");
    await ended;
    const value = (await place.open().get(KEY)) as ReturnType<typeof checkpointValue>;
    expect(value).toEqual(checkpointValue("a", value.number));
    expect(value.number).toBeGreaterThanOrEqual(acknowledged.at(-1)!);
    next = value.number + 1;
  }
  expect(place.damages).toEqual([]);
  expect(await place.open().list()).toEqual([KEY]);
});

test("two processes writing at the same time lose none of each other's keys, and readers of the key they share always see a whole value", async () => {
  await using place = await temporaryPlace();
  const writers = ["a", "b"].map((name) => startWriter(place.directory, name, 1, 40));
  let running = true;
  const ended = Promise.all(writers.map((writer) => writer.ended)).finally(() => (running = false));
  const store = place.open();
  let seen = 0;
  while (running) {
    const value = (await store.get(KEY)) as ReturnType<typeof checkpointValue> | undefined;
    if (value === undefined) {
      expect(seen).toBe(0); // once there, it is never missing
    } else {
      expect(value).toEqual(checkpointValue(value.writer, value.number));
      seen += 1;
    }
  }
  await ended;
  expect(seen).toBeGreaterThan(0);
  expect(await store.get(KEY)).toMatchObject({ number: 40 });
  for (const name of ["a", "b"]) {
    const keys = await store.list({ operator: name });
    expect(keys.map(({ partition }) => Number(partition)).toSorted((x, y) => x - y)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  }
  expect(place.damages).toEqual([]);
});

test("what dead processes left behind is removed after an hour, not before", async () => {
  await using place = await temporaryPlace();
  await place.open().set(KEY, 1);
  const [old, fresh] = ["x.1.tmp", "x.2.tmp"].map((name) => join(place.directory, name));
  await writeFile(old!, "");
  await writeFile(fresh!, "");
  const before = new Date(Date.now() - 61 * 60 * 1000);
  await utimes(old!, before, before);
  await place.open().set(KEY, 2);
  expect((await readdir(place.directory)).filter((name) => name.endsWith(".tmp"))).toEqual(["x.2.tmp"]);
});

test.for([
  ["undefined", { at: undefined }, "the value.at is undefined"],
  ["a bigint", [1n], "the value.0 is bigint 1"],
  ["NaN", Number.NaN, "the value is number NaN"],
  ["a Date", { at: { time: new Date(0) } }, "the value.at.time is Date"],
  ["a Map", new Map(), "the value is Map"],
] as const)("%s is refused, since JSON would change it", async ([, value, reason]) => {
  await using place = await temporaryPlace();
  const store = place.open();
  await store.set(KEY, 1);
  await expect(store.set(KEY, value as never)).rejects.toThrow(
    `[CHECKPOINT_VALUE] A checkpoint must be JSON, and ${reason}.`,
  );
  expect(await store.get(KEY)).toBe(1);
});

test("a circle is refused, and a value that is there twice is not", async () => {
  await using place = await temporaryPlace();
  const store = place.open();
  const twice = { a: 1 };
  await store.set(KEY, [twice, twice]);
  const circle: unknown[] = [];
  circle.push([circle]);
  await expect(store.set(KEY, circle as never)).rejects.toThrow("the value.0.0 is a circle");
});

test("a directory that can not be used is named", async () => {
  await using place = await temporaryPlace();
  await place.open().set(KEY, 1);
  const store = fileCheckpointStore({ directory: join(await place.file("current"), "below a file") });
  const error = await store.set(KEY, 1).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "CHECKPOINT_STORE",
    kind: "fatal",
    message: expect.stringContaining("below a file") as string,
    details: { errno: "ENOTDIR" },
  });
});

test("too many open files are an error that can pass", async () => {
  await using place = await temporaryPlace();
  const script = join(import.meta.dirname, "exhaust-files.ts");
  const run = promisify(execFile)("sh", [
    "-c",
    'ulimit -n 256 && exec "$@"',
    "sh",
    process.execPath,
    script,
    place.directory,
  ]);
  expect(JSON.parse((await run).stdout)).toMatchObject({
    code: "CHECKPOINT_STORE",
    kind: "retryable",
    errno: "EMFILE",
  });
});
