import { isUtf8 } from "node:buffer";
import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan, SchemaTree } from "hyparquet";
import { FatalError, MillraceError } from "../../errors/millrace-error.ts";
import type { InputFile } from "../files/input-file.ts";
import { columnValue, isNested, type ColumnValue } from "./column-values.ts";
import { Unreadable } from "./leaf-values.ts";
import { refuseMisread } from "./misread-columns.ts";

export interface OpenParquet {
  readonly codecs: Compressors;
  /** Of those of the file, the columns to read; undefined for all. */
  readonly columns: readonly string[] | undefined;
  /** Decodes text that is not UTF-8; null where it is unreadable. */
  readonly repair: ((bytes: Buffer) => string) | null;
  readonly signal: AbortSignal;
}

/** Some consecutive rows of a file, column by column. */
export interface ParquetRows {
  /** Number of the first in the file, from 0. */
  readonly first: number;
  readonly count: number;
  /** As many as the file has names, in that order. */
  readonly columns: readonly ArrayLike<unknown>[];
  /** Some value in them could not be read. */
  readonly unreadable: boolean;
  /** Uncompressed bytes of the file that they took. */
  readonly bytes: number;
}

/** What is decoded at a time: few enough rows that wide ones are flat in memory too. */
const VALUES_AT_A_TIME = 500_000;
const MIN_ROWS_AT_A_TIME = 5_000;

/** A Parquet file that is open. */
export class ParquetFile {
  readonly names: readonly string[];
  readonly #file: InputFile;
  readonly #open: OpenParquet;
  readonly #metadata: FileMetaData;
  readonly #buffer: GroupBuffer;
  readonly #values: readonly ColumnValue[];
  readonly #nested: boolean;
  #unreadable = false;

  private constructor(file: InputFile, open: OpenParquet, parts: FileParts) {
    this.#file = file;
    this.#open = open;
    this.#metadata = parts.metadata;
    this.#buffer = parts.buffer;
    const trees = chosen(file.uri, parts.tree, open.columns);
    refuseMisread(file.uri, parts.metadata, trees);
    this.names = trees.map(({ element }) => element.name);
    this.#values = trees.map(columnValue);
    this.#nested = trees.some(isNested);
  }

  /** Reads a file's footer. Raises FatalError SOURCE_CORRUPT, PARQUET_COLUMNS, PARQUET_MISREAD, and what the file raises. */
  static async open(file: InputFile, open: OpenParquet): Promise<ParquetFile> {
    return await orCorrupt(file, open.signal, async () => {
      const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
      const buffer = new GroupBuffer(file, open.signal);
      const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
      return new ParquetFile(file, open, { metadata, buffer, tree: parquetSchema(metadata) });
    });
  }

  /** The rows, without the first `skip`, whose row groups are not even read. */
  async *rows(skip: number): AsyncIterable<ParquetRows> {
    const { parquetScan } = await import("hyparquet");
    const scan = await orCorrupt(this.#file, this.#open.signal, async () => await parquetScan(this.#scanOptions()));
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      const end = start + Number(group.num_rows);
      this.#buffer.forget();
      const atATime = this.#rowsAtATime(group, end - start);
      const bytes = group.columns
        .filter(({ meta_data }) => this.names.includes(meta_data?.path_in_schema[0] ?? ""))
        .reduce((total, { meta_data }) => total + Number(meta_data?.total_uncompressed_size ?? 0), 0);
      for (let first = Math.max(start, skip); first < end; first += atATime) {
        const last = Math.min(first + atATime, end);
        const share = Math.round((bytes * (last - first)) / (end - start));
        yield await orCorrupt(
          this.#file,
          this.#open.signal,
          async () => await this.#read(scan, { first, last, share }),
        );
      }
      start = end;
    }
  }

  get length(): number {
    return Number(this.#metadata.num_rows);
  }

  #scanOptions(): Parameters<typeof import("hyparquet").parquetScan>[0] {
    return {
      file: this.#buffer,
      metadata: this.#metadata,
      columns: [...this.names],
      compressors: this.#open.codecs,
      utf8: false,
      parsers: {
        stringFromBytes: (bytes: Uint8Array | undefined) => (bytes ? this.#text(bytes) : bytes) as string,
        timestampFromNanoseconds: (nanos: bigint) => nanos as never,
      } as never,
    };
  }

  async #read(
    scan: ParquetScan,
    { first, last, share }: { readonly first: number; readonly last: number; readonly share: number },
  ): Promise<ParquetRows> {
    this.#unreadable = false;
    const columns: ArrayLike<unknown>[] = [];
    for (const [index, name] of this.names.entries()) {
      const read = await scan.readColumn({ column: name, rowStart: first, rowEnd: last });
      if (read.length !== last - first) throw new Error(`column ${name} has ${read.length} of ${last - first} rows`);
      columns.push(this.#made(read, this.#values[index]!));
    }
    return { first, count: last - first, columns, unreadable: this.#unreadable, bytes: share };
  }

  #made(read: ArrayLike<unknown>, make: ColumnValue): ArrayLike<unknown> {
    const made: unknown[] = [];
    for (let index = 0; index < read.length; index += 1) {
      const value = make(read[index]);
      if (value instanceof Unreadable) this.#unreadable = true;
      made.push(value);
    }
    return made;
  }

  /** A column of several values a row is decoded from the start of its row group each time, unless the file says where its pages are. */
  #rowsAtATime({ columns }: FileMetaData["row_groups"][number], groupRows: number): number {
    if (this.#nested && columns.some(({ offset_index_offset }) => offset_index_offset === undefined)) return groupRows;
    return Math.max(MIN_ROWS_AT_A_TIME, Math.floor(VALUES_AT_A_TIME / Math.max(1, this.names.length)));
  }

  #text(bytes: Uint8Array): string | Unreadable {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = buffer.toString();
    if (!text.includes("\uFFFD") || isUtf8(buffer)) return text;
    if (this.#open.repair !== null) return this.#open.repair(buffer);
    this.#unreadable = true;
    return new Unreadable("INVALID_UTF8", "the text is not valid UTF-8", text);
  }
}

interface FileParts {
  readonly metadata: FileMetaData;
  readonly buffer: GroupBuffer;
  readonly tree: SchemaTree;
}

/** A file for the reader; what it asks for again within a row group is kept. */
class GroupBuffer implements AsyncBuffer {
  readonly byteLength: number;
  readonly #file: InputFile;
  readonly #signal: AbortSignal;
  readonly #kept = new Map<string, Promise<ArrayBuffer>>();

  constructor(file: InputFile, signal: AbortSignal) {
    this.byteLength = file.size;
    this.#file = file;
    this.#signal = signal;
  }

  forget(): void {
    this.#kept.clear();
  }

  slice(start: number, end: number = this.byteLength): Promise<ArrayBuffer> {
    const key = `${start}-${end}`;
    let bytes = this.#kept.get(key);
    if (bytes === undefined) this.#kept.set(key, (bytes = this.#read(start, end)));
    return bytes;
  }

  async #read(start: number, end: number): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.#file.slice(start, end, this.#signal);
    return byteLength === buffer.byteLength
      ? (buffer as ArrayBuffer)
      : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  }
}

function chosen(path: string, tree: SchemaTree, columns: readonly string[] | undefined): readonly SchemaTree[] {
  const names = tree.children.map(({ element }) => element.name);
  const problem = names.find((name, index) => name === "__proto__" || name === "" || names.indexOf(name) !== index);
  const missing = (columns ?? []).filter((name) => !names.includes(name));
  if (problem === undefined && missing.length === 0)
    return tree.children.filter(({ element }) => columns?.includes(element.name) ?? true);
  const list = (some: readonly string[]) => some.map((name) => JSON.stringify(name)).join(", ");
  throw new FatalError(
    "PARQUET_COLUMNS",
    problem === undefined
      ? `${path} has no ${list(missing)}; it has ${list(names)}`
      : `The columns of ${path} can not name a record's fields: ${JSON.stringify(problem)} is doubled, empty or reserved`,
    { fix: "Look whether it is the right file, and at `columns`", details: { columns: names } },
  );
}

async function orCorrupt<T>(file: InputFile, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MillraceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FatalError("SOURCE_CORRUPT", `${file.uri} can not be read as Parquet: ${reason}`, {
      fix: "Fetch the file again, or have it written by another version of its writer",
      details: { file: file.uri },
      cause: error,
    });
  }
}
