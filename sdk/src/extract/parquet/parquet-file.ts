import { isUtf8 } from "node:buffer";
import type { AsyncBuffer, Compressors, FileMetaData, ParquetScan, SchemaTree } from "hyparquet";
import { FatalError, MillraceError } from "../../errors/millrace-error.ts";
import type { InputFile } from "../files/input-file.ts";
import type { ColumnReader } from "./column-reader.ts";
import { topColumn, type TopColumn } from "./column-values.ts";
import { Unreadable } from "./leaf-values.ts";
import { refuseMisread } from "./misread-columns.ts";
import type { RowGroup } from "./row-group.ts";

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
  /** Some value of their row group could not be read. */
  readonly unreadable: boolean;
  /** Uncompressed bytes of the file that they took. */
  readonly bytes: number;
}

/** Of rows that are given at a time. */
const PART_ROWS = 5_000;

/** A Parquet file that is open. */
export class ParquetFile {
  readonly names: readonly string[];
  readonly #file: InputFile;
  readonly #open: OpenParquet;
  readonly #metadata: FileMetaData;
  readonly #buffer: GroupBuffer;
  readonly #tree: SchemaTree;
  readonly #columns: readonly TopColumn[];
  #unreadable = false;

  private constructor(file: InputFile, open: OpenParquet, parts: FileParts) {
    this.#file = file;
    this.#open = open;
    this.#metadata = parts.metadata;
    this.#buffer = parts.buffer;
    const trees = chosen(file.uri, parts.tree, open.columns);
    refuseMisread(file.uri, parts.metadata, trees);
    this.names = trees.map(({ element }) => element.name);
    this.#tree = parts.tree;
    this.#columns = trees.map((top) => topColumn(top, () => (this.#unreadable = true)));
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
    const orFail = <T>(work: () => Promise<T>) => orCorrupt(this.#file, this.#open.signal, work);
    const scan = await orFail(async () => await parquetScan(this.#scanOptions()));
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const from = Math.max(start, skip);
      if (from < end) {
        this.#buffer.forget();
        this.#unreadable = false;
        const readers = await orFail(async () => await this.#openColumns(group, scan, { first: from, start, end }));
        const bytes = this.#bytesOf(group);
        for (let first = from; first < end; first += PART_ROWS) {
          const count = Math.min(PART_ROWS, end - first);
          const columns = await orFail(async () => await readAll(readers, count));
          const share = Math.round((bytes * count) / (end - start));
          yield { first, count, columns, unreadable: this.#unreadable, bytes: share };
        }
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

  async #openColumns(
    group: RowGroup,
    scan: ParquetScan,
    rows: { readonly first: number; readonly start: number; readonly end: number },
  ): Promise<readonly ColumnReader[]> {
    const { openColumns } = await import("./row-group.ts");
    return await openColumns(group, {
      ...rows,
      tree: this.#tree,
      columns: this.#columns,
      codecs: this.#open.codecs,
      scan,
      slice: (from, to) => this.#buffer.slice(from, to),
      text: (bytes) => this.#text(bytes),
    });
  }

  #bytesOf({ columns }: RowGroup): number {
    return columns
      .filter(({ meta_data }) => this.names.includes(meta_data?.path_in_schema[0] ?? ""))
      .reduce((total, { meta_data }) => total + Number(meta_data?.total_uncompressed_size ?? 0), 0);
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

async function readAll(readers: readonly ColumnReader[], count: number): Promise<ArrayLike<unknown>[]> {
  const columns: ArrayLike<unknown>[] = [];
  for (const reader of readers) columns.push(await reader.read(count));
  return columns;
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
