import type { ParquetScan } from "hyparquet";
import type { ColumnReader } from "./column-reader.ts";
import type { ColumnValue } from "./column-values.ts";

export interface NestedColumnOptions {
  readonly scan: ParquetScan;
  readonly name: string;
  readonly make: ColumnValue;
  /** Rows of the file. */
  readonly first: number;
  readonly end: number;
  /** What is decoded at a time. */
  readonly rowsAtATime: number;
}

/** A column of several values a row. */
export class NestedColumn implements ColumnReader {
  readonly #options: NestedColumnOptions;
  #next: number;
  #read: ArrayLike<unknown> = [];
  #at = 0;

  constructor(options: NestedColumnOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  async read(count: number): Promise<readonly unknown[]> {
    const { make } = this.#options;
    const values: unknown[] = [];
    while (values.length < count) {
      if (this.#at === this.#read.length) await this.#more();
      const to = Math.min(this.#at + count - values.length, this.#read.length);
      for (; this.#at < to; this.#at += 1) values.push(make(this.#read[this.#at]));
    }
    return values;
  }

  async #more(): Promise<void> {
    const { scan, name, end, rowsAtATime } = this.#options;
    const from = this.#next;
    const to = Math.min(from + rowsAtATime, end);
    this.#read = [];
    this.#read = await scan.readColumn({ column: name, rowStart: from, rowEnd: to });
    if (this.#read.length !== to - from || to === from)
      throw new Error(`column ${name} has ${this.#read.length} of ${to - from} rows`);
    this.#next = to;
    this.#at = 0;
  }
}
