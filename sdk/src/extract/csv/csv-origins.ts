import type { Position } from "../../record/dead-letter.ts";
import type { RecordOrigins } from "../source.ts";
import type { RowBlock } from "./scanner.ts";

export interface CsvOriginsOptions {
  readonly path: string;
  readonly sourceOffsets: Float64Array | null;
  /** Makes a record of the bytes that begin with its row. */
  readonly read: (bytes: Buffer, offset: number) => unknown;
}

/** The rows of a block, found again in its bytes after the scanner has gone on. */
export class CsvOrigins implements RecordOrigins {
  readonly #options: CsvOriginsOptions;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #lines: Float64Array;
  readonly #offsets: Float64Array;

  constructor({ bytes, offset, lines, offsets, rowCount }: RowBlock, options: CsvOriginsOptions) {
    this.#options = options;
    this.#bytes = bytes;
    this.#start = offset;
    this.#lines = lines.slice(0, rowCount);
    this.#offsets = offsets.slice(0, rowCount);
  }

  position(row: number): Position {
    const offsets = this.#options.sourceOffsets ?? this.#offsets;
    return { source: this.#options.path, line: this.#lines[row]!, byteOffset: offsets[row]! };
  }

  record(row: number): unknown {
    const offset = this.#offsets[row]!;
    const end = row + 1 < this.#offsets.length ? this.#offsets[row + 1]! - this.#start : this.#bytes.length;
    return this.#options.read(this.#bytes.subarray(offset - this.#start, end), offset);
  }
}
