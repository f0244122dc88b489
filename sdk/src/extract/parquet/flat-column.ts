import type { ColumnReader } from "./column-reader.ts";
import type { PageValues } from "./page-values.ts";
import { dataPage, dictionaryValues, nextPage, type PageColumn, type PageHeader } from "./pages.ts";

/** A column of one value a row in a row group: each page is decoded once, and its values are made when they are asked for. */
export class FlatColumn implements ColumnReader {
  readonly #column: PageColumn;
  readonly #reader: { readonly view: DataView<ArrayBuffer>; offset: number };
  #dictionary: readonly unknown[] | undefined;
  #values: PageValues | undefined;
  #present: Uint8Array | null = null;
  readonly #groupRows: number;
  /** Of the page. */
  #rows = 0;
  #at = 0;

  /** Of its bytes in the file and the group's rows, without the first `skip`: pages that have no others are not decoded. */
  constructor(
    chunk: ArrayBuffer,
    column: PageColumn,
    { rows, skip }: { readonly rows: number; readonly skip: number },
  ) {
    this.#column = column;
    this.#groupRows = rows;
    this.#reader = { view: new DataView(chunk), offset: 0 };
    let left = skip;
    while (left > 0) {
      left -= this.#openPage(left);
      const some = Math.min(left, this.#rows - this.#at);
      if (some > 0) this.#take(some, null);
      left -= some;
    }
  }

  read(count: number): Promise<readonly unknown[]> {
    const read: unknown[] = [];
    while (read.length < count) {
      if (this.#at === this.#rows) this.#openPage(0);
      this.#take(Math.min(count - read.length, this.#rows - this.#at), read);
    }
    return Promise.resolve(read);
  }

  #take(count: number, out: unknown[] | null): void {
    const present = this.#present;
    const to = this.#at + count;
    if (present === null) this.#takeValues(count, out);
    for (let at = this.#at; present !== null && at < to;) {
      const start = at;
      const isNull = present[at] === 0;
      while (at < to && (present[at] === 0) === isNull) at += 1;
      if (!isNull) this.#takeValues(at - start, out);
      else if (out !== null) for (let index = start; index < at; index += 1) out.push(null);
    }
    this.#at = to;
  }

  #takeValues(count: number, out: unknown[] | null): void {
    if (out === null) this.#values!.skip(count);
    else this.#values!.read(count, out);
  }

  /** Decodes the next page of data, and returns 0; or how many rows it has, where those are no more than `skippable`. */
  #openPage(skippable: number): number {
    for (;;) {
      const { header, stored } = nextPage(this.#reader);
      if (header.dictionary_page_header !== undefined) {
        this.#dictionary = dictionaryValues(header, stored, this.#column);
        continue;
      }
      const rows = rowsOf(header);
      if (rows > this.#groupRows) throw new Error(`a page has ${rows} rows, its row group ${this.#groupRows}`);
      if (rows > 0 && rows <= skippable) return rows;
      if (rows === 0) continue;
      const { present, values } = dataPage(header, stored, { ...this.#column, dictionary: this.#dictionary });
      this.#values = values;
      this.#present = present;
      this.#rows = rows;
      this.#at = 0;
      return 0;
    }
  }
}

function rowsOf(header: PageHeader): number {
  if (header.index_page_header !== undefined) return 0;
  const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values;
  if (rows === undefined) throw new Error("a page is none of data");
  return rows;
}
