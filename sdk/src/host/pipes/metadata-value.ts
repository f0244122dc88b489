export type MetadataType =
  | "text"
  | "url"
  | "path"
  | "notebook"
  | "json"
  | "md"
  | "float"
  | "int"
  | "bool"
  | "dagster_run"
  | "asset"
  | "null"
  | "timestamp"
  | "table"
  | "table_schema"
  | "table_column_lineage";

/** What may stand in `raw_value`: JSON, and bigints, which are written with all their digits. */
export type MetadataRaw =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly MetadataRaw[]
  | { readonly [key: string]: MetadataRaw };

/** A metadata value as it travels. Make one with the builders of `metadata`. */
export interface MetadataValue {
  readonly type: MetadataType;
  readonly raw_value: MetadataRaw;
}
