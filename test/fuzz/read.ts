import type { RecordSource } from "@millrace/sdk";

interface ReadRecord<T> {
  readonly record: T;
  readonly line: number | null;
  readonly byteOffset: number | null;
}

export interface Read<T> {
  /** In the source's order. */
  readonly records: ReadRecord<T>[];
  readonly malformed: { readonly code: string; readonly line: number | null; readonly byteOffset: number | null }[];
  /** All of both, by their lines. */
  readonly lines: (number | null)[];
}

/** All that a source gives behind the first `skip` records. */
export async function read<T>(source: RecordSource<T>, skip = 0): Promise<Read<T>> {
  const all: Read<T> = { records: [], malformed: [], lines: [] };
  for await (const batch of source.open({ signal: new AbortController().signal, skip })) {
    for (const [index, record] of batch.records.entries()) {
      const { line, byteOffset } = batch.position(index);
      all.records.push({ record, line, byteOffset });
      all.lines.push(line);
    }
    for (const { code, position } of batch.malformed) {
      all.malformed.push({ code, line: position.line, byteOffset: position.byteOffset });
      all.lines.push(position.line);
    }
  }
  all.lines.sort((a, b) => Number(a) - Number(b));
  return all;
}
