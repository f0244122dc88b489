import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeCheckpoint } from "../../src/state/checkpoint-content.ts";
import { KEY } from "./checkpoint-value.ts";
import { temporaryPlace } from "./temporary-place.ts";

test.for([
  ["empty", () => ""],
  ["cut in the middle", (text: string) => text.slice(0, text.length / 2)],
  ["cut before its end", (text: string) => text.slice(0, -2)],
  ["filled with zeros", (text: string) => "\0".repeat(text.length)],
  ["something else", () => "<html>404</html>"],
  ["other JSON", () => '{"lastId": 2}'],
  ["JSON null", () => "null"],
  ["changed in one place", (text: string) => text.replace('"lastId":2', '"lastId":3')],
  ["another partition's", (text: string) => text.replace("2024-01-01", "2024-01-02")],
  ["of a format yet unknown", (text: string) => text.replace('"version":1', '"version":2')],
] as const)("where the file is %s, the one before it is used and that is said", async ([, change]) => {
  await using place = await temporaryPlace();
  const store = place.open();
  await store.set(KEY, { lastId: 1 });
  await store.set(KEY, { lastId: 2 });
  const file = await place.file("current");
  await writeFile(file, change(await readFile(file, "utf8")));
  expect(await store.get(KEY)).toEqual({ lastId: 1 });
  expect(await store.list()).toEqual([KEY]);
  expect(place.damages[0]).toMatchObject({
    code: "CHECKPOINT_DAMAGED",
    message: expect.stringContaining(file) as string,
  });

  // A new one is written over it; the good one before it is kept, not the damaged one.
  await store.set(KEY, { lastId: 4 });
  expect(await store.get(KEY)).toEqual({ lastId: 4 });
  await writeFile(file, "");
  expect(await store.get(KEY)).toEqual({ lastId: 1 });
});

test("another checkpoint's file in its place is not taken for it", async () => {
  await using place = await temporaryPlace();
  const store = place.open();
  await store.set(KEY, { lastId: 1 });
  const file = await place.file("current");
  await store.set({ ...KEY, operator: "others" }, { lastId: 7 });
  const other = (await readdir(place.directory)).find((name) => name.startsWith("others."))!;
  await writeFile(file, await readFile(join(place.directory, other)));
  await expect(store.get(KEY)).rejects.toThrow("[CHECKPOINT_DAMAGED]");
});

test("where both files are damaged, that is an error, never a fresh start; set and delete mend it", async () => {
  await using place = await temporaryPlace();
  const store = place.open();
  const damage = async () => {
    await store.set(KEY, 1);
    await store.set(KEY, 2);
    await writeFile(await place.file("current"), "torn");
    await writeFile(await place.file("previous"), "");
  };
  await damage();
  await expect(store.get(KEY)).rejects.toThrow(
    `[CHECKPOINT_DAMAGED] The checkpoint in ${await place.file("current")} is damaged; nothing can be used of it.`,
  );
  await expect(store.list()).rejects.toThrow("[CHECKPOINT_DAMAGED]");
  await store.set(KEY, 3);
  expect(await store.get(KEY)).toBe(3);
  await damage();
  await store.delete(KEY);
  expect(await store.get(KEY)).toBeUndefined();
  expect(await readdir(place.directory)).toEqual([]);
});

test("a process killed between its two renames leaves the value before, without a word of damage", async () => {
  await using place = await temporaryPlace();
  const store = place.open();
  await store.set(KEY, 1);
  await store.set(KEY, 2);
  await rm(await place.file("current"));
  expect(await store.get(KEY)).toBe(1);
  expect(await store.list()).toEqual([KEY]);
  expect(place.damages).toEqual([]);
});

test("a process killed while it deletes brings no older value back", async () => {
  await using place = await temporaryPlace();
  const store = place.open();
  await store.set(KEY, 1);
  await store.set(KEY, 2);
  // What `delete` writes before it removes anything.
  await writeFile(await place.file("current"), encodeCheckpoint({ key: KEY, value: undefined }));
  expect(await store.get(KEY)).toBeUndefined();
  expect(await store.list()).toEqual([]);
});
