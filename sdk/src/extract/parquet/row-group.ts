import type { Compressors, FileMetaData, ParquetScan, SchemaTree } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { ColumnReader } from "./column-reader.ts";
import type { TopColumn } from "./column-values.ts";
import { FlatColumn } from "./flat-column.ts";
import { NestedColumn } from "./nested-column.ts";

export type RowGroup = FileMetaData["row_groups"][number];

export interface OpenColumns {
  readonly tree: SchemaTree;
  readonly columns: readonly TopColumn[];
  /** Rows of the file: from where on columns are read, and where the group begins and ends. */
  readonly first: number;
  readonly start: number;
  readonly end: number;
  readonly codecs: Compressors;
  readonly scan: ParquetScan;
  readonly slice: (start: number, end: number) => Promise<ArrayBuffer>;
  readonly text: (bytes: Uint8Array) => unknown;
}

/** What is decoded at a time of columns with several values a row: few enough rows that wide ones are flat in memory too. */
const VALUES_AT_A_TIME = 500_000;
const MIN_ROWS_AT_A_TIME = 5_000;

/** Readers of a row group's columns, in their order. */
export async function openColumns(group: RowGroup, options: OpenColumns): Promise<readonly ColumnReader[]> {
  const { columns, first, end, scan } = options;
  const rowsAtATime = nestedRowsAtATime(group, options);
  return await Promise.all(
    columns.map(async (column) =>
      column.nested
        ? new NestedColumn({ scan, name: column.name, make: column.make, first, end, rowsAtATime })
        : await openFlat(group, column, options),
    ),
  );
}

async function openFlat(group: RowGroup, { name, make, makesText }: TopColumn, options: OpenColumns) {
  const { tree, codecs, slice, text, first, start, end } = options;
  const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name);
  const metadata = chunk?.meta_data;
  if (metadata === undefined || chunk?.file_path !== undefined) throw new Error(`column ${name} is not in the file`);
  const from = metadata.dictionary_page_offset || metadata.data_page_offset;
  const bytes = await slice(Number(from), Number(from + metadata.total_compressed_size));
  const schemaPath = getTreePath(tree, [name]);
  const decoder = {
    pathInSchema: [name],
    type: metadata.type,
    element: schemaPath.at(-1)!.element,
    schemaPath,
    codec: metadata.codec,
    compressors: codecs,
    utf8: false,
    parsers: {
      ...DEFAULT_PARSERS,
      stringFromBytes: text as (stored: Uint8Array) => string,
      timestampFromNanoseconds: (nanos: bigint) => nanos as never,
    },
  };
  return new FlatColumn(bytes, { decoder, make, makesText, text }, { rows: end - start, skip: first - start });
}

/** A column of several values a row is decoded from the start of its row group each time, unless the file says where its pages are. */
function nestedRowsAtATime(group: RowGroup, { columns, start, end }: OpenColumns): number {
  const nested = columns.filter((column) => column.nested).length;
  if (group.columns.some(({ offset_index_offset }) => offset_index_offset === undefined)) return end - start;
  return Math.max(MIN_ROWS_AT_A_TIME, Math.floor(VALUES_AT_A_TIME / Math.max(1, nested)));
}
