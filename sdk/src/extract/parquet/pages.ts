import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { ColumnValue } from "./column-values.ts";
import { DictionaryValues, StoredValues, TextValues, WideValues, type PageValues } from "./page-values.ts";

type ColumnDecoder = Parameters<typeof readPage>[2];
export type PageHeader = ReturnType<typeof parquetHeader>;

export interface PageColumn {
  readonly decoder: ColumnDecoder;
  readonly make: ColumnValue;
  /** Values of 64 bits may be given to `make` as numbers. */
  readonly makesText: boolean;
  /** Makes text of a string's bytes. */
  readonly text: (bytes: Uint8Array) => unknown;
}

/** A page of data, of a column with one value a row. */
export interface DataPage {
  /** Of each row 1 where it has a value, and 0 where that is null; null where none is. */
  readonly present: Uint8Array | null;
  readonly values: PageValues;
}

interface Reader {
  readonly view: DataView<ArrayBuffer>;
  offset: number;
}

/** The header of the next page, with the page as it is stored. Raises Error where there is none. */
export function nextPage(reader: Reader): { readonly header: PageHeader; readonly stored: Uint8Array<ArrayBuffer> } {
  const { view } = reader;
  if (reader.offset >= view.byteLength - 1) throw new Error("a column has fewer rows than its row group");
  const header = parquetHeader(reader);
  const stored = new Uint8Array(view.buffer, view.byteOffset + reader.offset, header.compressed_page_size);
  reader.offset += header.compressed_page_size;
  return { header, stored };
}

/** The values of a dictionary, made once for all rows. */
export function dictionaryValues(header: PageHeader, stored: Uint8Array, column: PageColumn): readonly unknown[] {
  const { codec, compressors, type, element } = column.decoder;
  const count = header.dictionary_page_header!.num_values;
  const reader = readerOf(decompressPage(stored, Number(header.uncompressed_page_size), codec, compressors));
  const values: unknown[] = [];
  plainValues(readPlain(reader, type, count, element.type_length), column).read(count, values);
  return values;
}

/** The values of a page of data. */
export function dataPage(
  header: PageHeader,
  stored: Uint8Array,
  { dictionary, ...column }: PageColumn & { readonly dictionary: readonly unknown[] | undefined },
): DataPage {
  const { codec, compressors, type, element } = column.decoder;
  const { data_page_header: first, data_page_header_v2: second } = header;
  const { encoding, num_values: rows } = (first ?? second)!;
  let reader: Reader;
  let present: Uint8Array | null = null;
  if (second === undefined) {
    reader = readerOf(decompressPage(stored, Number(header.uncompressed_page_size), codec, compressors));
    if (element.repetition_type !== "REQUIRED") readRleBitPackedHybrid(reader, 1, (present = new Uint8Array(rows)));
  } else {
    const { definition_levels_byte_length: levels, repetition_levels_byte_length: before, is_compressed } = second;
    if (levels > 0)
      readRleBitPackedHybrid(readerOf(stored.subarray(before)), 1, (present = new Uint8Array(rows)), levels);
    const size = Number(header.uncompressed_page_size) - levels - before;
    const rest = stored.subarray(before + levels);
    reader = readerOf(is_compressed === false ? rest : decompressPage(rest, size, codec, compressors));
  }
  if (present?.includes(0) === false) present = null;
  const count = present === null ? rows : present.reduce((sum, one) => sum + one, 0);
  return { present, values: values() };

  function values(): PageValues {
    const { view, offset } = reader;
    if (encoding.endsWith("_DICTIONARY")) {
      if (dictionary === undefined) throw new Error("a page refers to a dictionary that is not there");
      return new DictionaryValues(dictionary, dictionaryNumbers(reader, count));
    }
    if (encoding === "PLAIN" && type === "BYTE_ARRAY" && isText(element)) {
      const bytes = Buffer.from(view.buffer, view.byteOffset + offset, view.byteLength - offset);
      return new TextValues({ ...column, bytes });
    }
    if (encoding === "PLAIN") return plainValues(readPlain(reader, type, count, element.type_length), column);
    if (second !== undefined) return plainValues(readDataPageV2(stored, header, column.decoder).dataPage, column);
    const page = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return plainValues(readDataPage(page, first!, column.decoder).dataPage, column);
  }
}

type Decoded = ReturnType<typeof readPlain>;

function plainValues(stored: Decoded, { decoder, make, makesText }: PageColumn): PageValues {
  const converted = convert(stored, decoder);
  return makesText && converted instanceof BigInt64Array
    ? new WideValues(converted, make)
    : new StoredValues(converted, make);
}

function dictionaryNumbers(reader: Reader, count: number): Int32Array {
  const numbers = new Int32Array(count);
  if (count === 0) return numbers;
  const width = reader.view.getUint8(reader.offset);
  reader.offset += 1;
  if (width > 0) readRleBitPackedHybrid(reader, width, numbers, reader.view.byteLength - reader.offset);
  return numbers;
}

function isText({ converted_type: converted, logical_type: logical }: ColumnDecoder["element"]): boolean {
  return converted === "UTF8" || logical?.type === "STRING";
}

function readerOf({ buffer, byteOffset, byteLength }: Uint8Array): Reader {
  return { view: new DataView(buffer as ArrayBuffer, byteOffset, byteLength), offset: 0 };
}
