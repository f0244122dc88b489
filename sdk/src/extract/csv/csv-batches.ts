import { Malformed, type MalformedRecord, type RecordBatch, type RecordOrigins } from "../source.ts";
import type { CsvBlock, CsvRecord } from "./csv-block.ts";

/** A batch is one block of the file, cut where it has more rows than this. */
const BATCH_ROWS = 1_000;

/** The rows of blocks as records. */
export async function* readBatches(blocks: AsyncIterable<CsvBlock>): AsyncIterable<RecordBatch<CsvRecord>> {
  for await (const block of blocks) {
    let first = block.firstRow;
    do {
      const last = Math.min(first + BATCH_ROWS, block.rowCount);
      yield readBatch(block, first, last);
      first = last;
    } while (first < block.rowCount);
  }
}

/** A block without rows is a batch too: it brings the names. */
function readBatch(block: CsvBlock, first: number, last: number): RecordBatch<CsvRecord> {
  const records: CsvRecord[] = [];
  const rows: number[] = [];
  const malformed: MalformedRecord[] = [];
  for (let row = first; row < last; row += 1) {
    const record = block.record(row);
    if (record instanceof Malformed) {
      malformed.push(record.record);
    } else {
      records.push(record);
      rows.push(row);
    }
  }
  const bytes = first === block.firstRow ? block.bytesRead : 0;
  return {
    records,
    malformed,
    fields: block.names,
    bytes,
    position: (index) => block.position(rows[index]!),
    origins: () => originsOf(block.origins(), rows),
  };
}

/** On its own, so that it holds no more than these two until its rows are committed: not the block's text. */
function originsOf(origins: RecordOrigins, rows: readonly number[]): RecordOrigins {
  return { position: (index) => origins.position(rows[index]!), record: (index) => origins.record(rows[index]!) };
}
