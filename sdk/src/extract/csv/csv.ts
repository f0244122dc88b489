import { FatalError } from "../../errors/millrace-error.ts";
import { fileFingerprint, readFileBytes } from "../files.ts";
import { Malformed, type MalformedRecord, type OpenOptions, type RecordBatch, type RecordSource } from "../source.ts";
import { CsvBlock, recordMaker, type CsvRecord, type RecordMaker } from "./csv-block.ts";
import { FieldForm } from "./row-tables.ts";
import { CsvScanner, type RowBlock } from "./scanner.ts";

export interface CsvOptions {
  /** One byte. Default `,`. */
  readonly delimiter?: string;
  /** Unquoted text that means null; a quoted one stays text. Default `""`. */
  readonly nullText?: string | readonly string[];
  /** Default 16 MiB. */
  readonly maxRowBytes?: number;
}

export type { CsvRecord };

/** A batch is one block of the file, cut where it has more rows than this. */
const BATCH_ROWS = 5_000;

/**
 * A CSV file (RFC 4180, UTF-8, with a header) as a source of records, gunzipped where its name ends in `.gz`.
 * A row with too few or too many fields, a broken quote or invalid UTF-8 is a malformed record, not an error.
 * Raises FatalError: SOURCE_NOT_FOUND, SOURCE_CORRUPT, CSV_HEADER, CSV_ROW_TOO_LONG.
 */
export function csv(path: string, options: CsvOptions = {}): RecordSource<CsvRecord> {
  const openFields = (open: OpenOptions) => readBlocks(path, options, open);
  return {
    kind: "records",
    uri: path,
    local: true,
    fingerprint: () => fileFingerprint(path),
    openFields,
    open: (open) => readBatches(openFields(open)),
  };
}

async function* readBlocks(
  path: string,
  options: CsvOptions,
  { signal, skip, invalidUtf8 = "malformed" }: OpenOptions,
): AsyncIterable<CsvBlock> {
  const { delimiter = ",", maxRowBytes = 16 * 1024 * 1024, nullText = "" } = options;
  const nullTexts = typeof nullText === "string" ? [nullText] : nullText;
  const scan = { delimiter, maxRowBytes };
  const scanner = new CsvScanner(scan);
  let names: readonly string[] | undefined;
  let makeRecord: RecordMaker | undefined;
  let left = skip;

  function next(block: RowBlock, bytesRead: number): CsvBlock | undefined {
    let firstRow = 0;
    if (names === undefined) {
      if (block.rowCount === 0) return undefined;
      names = readHeader(path, block);
      makeRecord = recordMaker(names);
      firstRow = 1;
    }
    const skipped = Math.min(left, block.rowCount - firstRow);
    left -= skipped;
    return new CsvBlock(block, {
      path,
      scan,
      names,
      makeRecord: makeRecord!,
      nullTexts,
      bytesRead,
      invalidUtf8,
      firstRow: firstRow + skipped,
    });
  }

  for await (const chunk of readFileBytes(path, signal)) {
    const block = next(scanner.push(chunk), chunk.length);
    if (block !== undefined) yield block;
  }
  const rest = next(scanner.end(), 0);
  if (rest !== undefined) yield rest;
  if (names === undefined) {
    throw new FatalError("CSV_HEADER", `${path} is empty: it has no header line`, {
      fix: "Write the header even where there are no rows",
    });
  }
}

async function* readBatches(blocks: AsyncIterable<CsvBlock>): AsyncIterable<RecordBatch<CsvRecord>> {
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
    origins() {
      const origins = block.origins();
      return { position: (index) => origins.position(rows[index]!), record: (index) => origins.record(rows[index]!) };
    },
  };
}

function readHeader(path: string, { bytes, rows, starts, ends, forms }: RowBlock): readonly string[] {
  const names: string[] = [];
  for (let field = rows[0]!; field < rows[1]!; field += 1) {
    const text = bytes.toString("utf8", starts[field], ends[field]);
    names.push(forms[field] === FieldForm.escaped ? text.replaceAll('""', '"') : text);
  }
  const problem =
    names.find((name, index) => names.indexOf(name) !== index) ??
    names.find((name) => name === "" || name === "__proto__");
  if (problem === undefined) return names;
  throw new FatalError(
    "CSV_HEADER",
    `The header of ${path} can not name records: ${JSON.stringify(problem)} is doubled, empty or reserved`,
    {
      fix: "Give each column a name of its own",
      details: { header: names },
    },
  );
}
