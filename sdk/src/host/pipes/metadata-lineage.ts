import { FatalError } from "../../errors/millrace-error.ts";
import type { AssetKey } from "./asset-key.ts";
import type { MetadataRaw, MetadataValue } from "./metadata-value.ts";

/** A column of another asset, from which a column was made. */
export interface ColumnSource {
  readonly asset: AssetKey;
  readonly column: string;
}

/** Each source named once a column: Dagster refuses repetitions. */
export function columnLineageValue(sourcesByColumn: Readonly<Record<string, readonly ColumnSource[]>>): MetadataValue {
  const dependencies: Record<string, MetadataRaw> = {};
  for (const [column, sources] of Object.entries(sourcesByColumn)) {
    const unique = new Map<string, MetadataRaw>();
    for (const { asset, column: name } of sources) {
      if (!Array.isArray(asset) || asset.length === 0 || typeof name !== "string") {
        throw new FatalError(
          "METADATA_INVALID",
          `The lineage of column "${column}" has a source without asset or column`,
          {
            fix: 'Pass sources as `{ asset: ["schema", "table"], column: "name" }`',
          },
        );
      }
      const source = {
        asset_key: asset.map((part: string) => String(part).toWellFormed()),
        column_name: name.toWellFormed(),
      };
      unique.set(JSON.stringify(source), source);
    }
    dependencies[column.toWellFormed()] = [...unique.values()];
  }
  return { type: "table_column_lineage", raw_value: { deps_by_column: dependencies } };
}
