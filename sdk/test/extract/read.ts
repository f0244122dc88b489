import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RecordSource } from "@millrace/sdk";

/** A new directory with these files. */
export async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-files-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export interface Reading<T> {
  readonly records: T[];
  readonly places: { source: string; line: number | null; byteOffset: number | null }[];
  readonly malformed: {
    code: string;
    reason: string;
    raw: string;
    source: string;
    line: number | null;
    byteOffset: number | null;
  }[];
  readonly bytes: number;
}

/** All that a source gives, with each record's origin asked for when all are read: they must be the same. */
export async function readAll<T>(source: RecordSource<T>, skip = 0): Promise<Reading<T>> {
  const records: T[] = [];
  const places: Reading<T>["places"] = [];
  const malformed: Reading<T>["malformed"] = [];
  const later: (() => void)[] = [];
  let bytes = 0;
  for await (const batch of source.open({ signal: new AbortController().signal, skip })) {
    bytes += batch.bytes;
    const origins = batch.origins?.();
    for (const [index, record] of batch.records.entries()) {
      const place = batch.position(index);
      records.push(record);
      places.push(place);
      if (origins && (index % 97 === 0 || batch.records.length < 100))
        later.push(() => same([origins.record(index), origins.position(index)], [record, place]));
    }
    for (const { code, reason, raw, position } of batch.malformed) malformed.push({ code, reason, raw, ...position });
  }
  for (const check of later) check();
  return { records, places, malformed, bytes };
}

function same(left: unknown, right: unknown): void {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
  if (text(left) !== text(right)) throw new Error(`${text(left)} is not ${text(right)}`);
}
