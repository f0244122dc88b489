import { FatalError } from "../../errors/millrace-error.ts";
import type { AssetKey } from "./asset-key.ts";
import { columnLineageValue, type ColumnSource } from "./metadata-lineage.ts";
import { tableSchemaValue, tableValue, type TableCell, type TableColumn } from "./metadata-table.ts";
import type { MetadataType, MetadataValue } from "./metadata-value.ts";
import { assetValue, floatValue, intValue, jsonValue, textValue, timestampValue } from "./metadata-values.ts";

/**
 * What an author may give as metadata: a plain value, whose type is then chosen (text, int, float, bool, null,
 * timestamp), or a value made by a builder of `metadata`.
 */
export type MetadataInput = string | number | bigint | boolean | null | Date | MetadataValue;

export type { ColumnSource, MetadataType, MetadataValue, TableCell, TableColumn };

/** Builders of typed metadata values; what each returns is always something that Dagster accepts. */
export const metadata = {
  text: (value: string): MetadataValue => textValue("text", value),
  url: (value: string | URL): MetadataValue => textValue("url", String(value)),
  path: (value: string): MetadataValue => textValue("path", value),
  /** The path of a Jupyter notebook. */
  notebook: (path: string): MetadataValue => textValue("notebook", path),
  markdown: (value: string): MetadataValue => textValue("md", value),
  /** Anything that JSON can hold; bigints keep their digits, dates become ISO strings, a bare number or boolean its own type. */
  json: (value: unknown): MetadataValue => jsonValue(value),
  /** Raises METADATA_INVALID for a fraction; NaN and the infinities become text. */
  int: (value: number | bigint): MetadataValue => intValue(value),
  /** NaN and the infinities become text. */
  float: (value: number): MetadataValue => floatValue(value),
  bool: (value: boolean): MetadataValue => ({ type: "bool", raw_value: Boolean(value) }),
  /** A moment: a Date, or seconds since 1970. */
  timestamp: (value: Date | number): MetadataValue => timestampValue(value),
  /** A link to another run, by its id. */
  run: (runId: string): MetadataValue => textValue("dagster_run", runId),
  /** A link to another asset. Raises METADATA_INVALID where a part of its key holds a `/`. */
  asset: (key: AssetKey | string): MetadataValue => assetValue(key),
  null: (): MetadataValue => ({ type: "null", raw_value: null }),
  /** Rows to look at; the columns are found from the records where none are given. Cells that are no scalars become JSON text. */
  table: (records: readonly Readonly<Record<string, TableCell>>[], columns?: readonly TableColumn[]): MetadataValue =>
    tableValue(records, columns),
  tableSchema: (columns: readonly TableColumn[]): MetadataValue => tableSchemaValue(columns),
  /** For each column, the columns of other assets that it was made from. */
  columnLineage: (sourcesByColumn: Readonly<Record<string, readonly ColumnSource[]>>): MetadataValue =>
    columnLineageValue(sourcesByColumn),
} as const;

const builders: { readonly [type in MetadataType]: (raw: never) => MetadataValue } = {
  text: (raw: string) => metadata.text(raw),
  url: (raw: string) => metadata.url(raw),
  path: (raw: string) => metadata.path(raw),
  notebook: (raw: string) => metadata.notebook(raw),
  md: (raw: string) => metadata.markdown(raw),
  json: (raw: unknown) => metadata.json(raw),
  int: (raw: number | bigint) => metadata.int(raw),
  float: (raw: number) => metadata.float(raw),
  bool: (raw: boolean) => metadata.bool(raw),
  timestamp: (raw: number) => metadata.timestamp(raw),
  dagster_run: (raw: string) => metadata.run(raw),
  asset: (raw: string) => metadata.asset(raw),
  null: () => metadata.null(),
  table: (raw: { records: readonly Record<string, TableCell>[]; schema?: readonly TableColumn[] }) =>
    metadata.table(raw.records, raw.schema),
  table_schema: (raw: { columns: readonly TableColumn[] }) => metadata.tableSchema(raw.columns),
  table_column_lineage: (raw: {
    deps_by_column: Record<string, readonly { asset_key: AssetKey; column_name: string }[]>;
  }) =>
    metadata.columnLineage(
      Object.fromEntries(
        Object.entries(raw.deps_by_column).map(([column, sources]) => [
          column,
          sources.map((source) => ({ asset: source.asset_key, column: source.column_name })),
        ]),
      ),
    ),
};

/**
 * The typed value of whatever an author gave. A value that was typed by hand goes through its builder, so that it is
 * as safe as one that was built. Raises METADATA_INVALID for what no metadata type can hold.
 */
export function toMetadataValue(input: MetadataInput, name = "value"): MetadataValue {
  switch (typeof input) {
    case "string":
      return metadata.text(input);
    case "number":
      return Number.isSafeInteger(input) ? metadata.int(input) : metadata.float(input);
    case "bigint":
      return metadata.int(input);
    case "boolean":
      return metadata.bool(input);
    case "object":
      if (input === null) return metadata.null();
      if (input instanceof Date) return metadata.timestamp(input);
      return isMetadataValue(input) ? rebuild(input, name) : metadata.json(input);
    default:
      throw new FatalError("METADATA_INVALID", `Metadata "${name}" is a ${typeof input}`, {
        fix: "Pass a string, number, bigint, boolean, null, Date or a value built with `metadata`",
      });
  }
}

/** Every entry typed; entries that are undefined are left out. */
export function normalizeMetadata(input: Readonly<Record<string, MetadataInput>>): Record<string, MetadataValue> {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name.toWellFormed(), toMetadataValue(value, name)]));
}

function isMetadataValue(value: object): value is MetadataValue {
  const keys = Object.keys(value);
  return keys.length === 2 && "type" in value && "raw_value" in value && Object.hasOwn(builders, String(value.type));
}

function rebuild(value: MetadataValue, name: string): MetadataValue {
  try {
    return builders[value.type](value.raw_value as never);
  } catch (cause) {
    throw new FatalError("METADATA_INVALID", `Metadata "${name}" is not a ${value.type}`, {
      fix: `Build it with \`metadata\``,
      cause,
    });
  }
}
