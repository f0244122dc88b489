import type { RecordBatch, RecordOrigins, RecordSource, Source } from "../../extract/source.ts";

/** The same records, no more than so many at a time, as records and not as bytes. */
export function cutSource(source: Source<unknown>, rows: number): Source<unknown> {
  if (source.kind === "query") return source;
  const { openFields: _, lines: __, ...records } = source;
  const open: RecordSource<unknown>["open"] = async function* (options) {
    for await (const batch of source.open(options)) yield* cut(batch, rows);
  };
  return { ...records, open };
}

function* cut(batch: RecordBatch<unknown>, rows: number): Iterable<RecordBatch<unknown>> {
  const { records, malformed, cursor } = batch;
  // A cursor is of a batch as a whole; and between which of the records those that are malformed stand, it does not say.
  if (records.length <= rows || malformed.length > 0 || cursor !== undefined) {
    yield batch;
    return;
  }
  for (let first = 0; first < records.length; first += rows) {
    const origins = (of: RecordOrigins): RecordOrigins => ({
      position: (index) => of.position(first + index),
      record: (index) => of.record(first + index),
    });
    const { origins: all } = batch;
    yield {
      ...batch,
      records: records.slice(first, first + rows),
      bytes: first === 0 ? batch.bytes : 0,
      position: (index) => batch.position(first + index),
      ...(all && { origins: () => origins(all.call(batch)) }),
    };
  }
}
