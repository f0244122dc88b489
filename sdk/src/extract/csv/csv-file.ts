import { FatalError } from "../../errors/millrace-error.ts";
import { readContent } from "../files/file-bytes.ts";
import type { InputFile } from "../files/input-file.ts";
import { decodeText, type TextStream } from "../files/text-chunks.ts";
import type { InvalidUtf8 } from "../../record/text-policy.ts";
import type { OpenOptions } from "../source.ts";
import { CsvBlock, recordMaker, type RecordMaker } from "./csv-block.ts";
import { checkNames, readHeader, type HeaderOptions } from "./csv-header.ts";
import { CsvScanner, type RowBlock, type ScannerOptions } from "./scanner.ts";

export interface CsvFormat extends HeaderOptions {
  readonly scan: ScannerOptions;
  readonly nullTexts: readonly string[];
  readonly encoding: string | undefined;
}

/** The rows of one file, behind its header. */
export class CsvFile {
  readonly #file: InputFile;
  readonly #format: CsvFormat;
  #names: readonly string[] | undefined;
  #makeRecord: RecordMaker | undefined;
  #left = 0;
  #invalidUtf8: InvalidUtf8 = "malformed";
  #rows = 0;

  constructor(file: InputFile, format: CsvFormat) {
    this.#file = file;
    this.#format = format;
    if (format.names !== undefined) this.#setNames(checkNames(file.uri, format.names));
  }

  get path(): string {
    return this.#file.uri;
  }

  /** Rows seen by now, those left out included. */
  get rows(): number {
    return this.#rows;
  }

  /** The fields' names, for which the file's beginning is read. Raises FatalError CSV_HEADER. */
  async names(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#names === undefined) for await (const block of this.blocks({ signal, skip: 0 })) return block.names;
    return this.#names!;
  }

  /** Blocks of rows, without the first `skip`. Raises what the file raises, and FatalError CSV_HEADER, CSV_ROW_TOO_LONG. */
  async *blocks({ signal, skip, invalidUtf8 = "malformed" }: OpenOptions): AsyncIterable<CsvBlock> {
    const scanner = new CsvScanner(this.#format.scan);
    const text = await decodeText(readContent(this.#file, signal), this.#format.encoding);
    this.#left = skip;
    this.#invalidUtf8 = invalidUtf8;
    this.#rows = 0;
    if (this.#format.names === undefined) this.#names = undefined;
    for await (const { bytes, sourceBytes } of text.chunks) {
      const block = this.#block(scanner.push(bytes), text, sourceBytes);
      if (block !== undefined) yield block;
    }
    const rest = this.#block(scanner.end(), text, 0);
    if (rest !== undefined) yield rest;
    if (this.#names === undefined) {
      throw new FatalError("CSV_HEADER", `${this.path} is empty: it has no header line`, {
        fix: "Write the header even where there are no rows, or give the fields' `names`",
      });
    }
  }

  #block(block: RowBlock, { encoding, lineOffsets }: TextStream, bytesRead: number): CsvBlock | undefined {
    let firstRow = 0;
    if (this.#names === undefined) {
      if (block.rowCount === 0) return undefined;
      this.#setNames(readHeader(this.path, block, this.#format));
      firstRow = 1;
    }
    const skipped = Math.min(this.#left, block.rowCount - firstRow);
    this.#left -= skipped;
    this.#rows += block.rowCount - firstRow;
    return new CsvBlock(block, {
      path: this.path,
      scan: this.#format.scan,
      names: this.#names!,
      makeRecord: this.#makeRecord!,
      nullTexts: this.#format.nullTexts,
      bytesRead,
      firstRow: firstRow + skipped,
      encoding,
      invalidUtf8: this.#invalidUtf8,
      sourceOffsets: lineOffsets?.inSource(block.offsets, block.rowCount) ?? null,
    });
  }

  #setNames(names: readonly string[]): void {
    this.#names = names;
    this.#makeRecord = recordMaker(names);
  }
}
