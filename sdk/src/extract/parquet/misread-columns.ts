import type { ColumnMetaData, FileMetaData, SchemaTree } from "hyparquet";
import { FatalError } from "../../errors/millrace-error.ts";

const TOO_LARGE = 2 ** 31;

/**
 * DuckDB begins a delta-packed page of unsigned 32-bit numbers with one of 33 bits, which the reader cuts: it would give other
 * numbers without a word. Raises FatalError PARQUET_MISREAD where a column may have such numbers.
 */
export function refuseMisread(
  path: string,
  { created_by, row_groups }: FileMetaData,
  trees: readonly SchemaTree[],
): void {
  if (created_by?.startsWith("DuckDB") !== true) return;
  const columns = row_groups.flatMap((group) => group.columns.flatMap(({ meta_data }) => meta_data ?? []));
  for (const tree of trees.flatMap(leaves)) {
    const name = tree.path.join(".");
    const own = columns.filter(({ path_in_schema }) => path_in_schema.join(".") === name);
    if (!isUnsigned32(tree) || !own.some(mayBeCut)) continue;
    throw new FatalError(
      "PARQUET_MISREAD",
      `Column ${JSON.stringify(name)} of ${path} has unsigned numbers from ${TOO_LARGE} on as DuckDB packs them, which can not be read`,
      { fix: "Write it with PARQUET_VERSION V1 or as BIGINT, or leave it out of `columns`", details: { column: name } },
    );
  }
}

function leaves(tree: SchemaTree): readonly SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leaves);
}

function isUnsigned32({ element: { converted_type: converted, logical_type: logical } }: SchemaTree): boolean {
  if (logical?.type === "INTEGER") return logical.bitWidth === 32 && !logical.isSigned;
  return converted === "UINT_32";
}

function mayBeCut({ encodings, statistics }: ColumnMetaData): boolean {
  const max = statistics?.max_value ?? statistics?.max;
  return encodings.includes("DELTA_BINARY_PACKED") && !(typeof max === "number" && max < TOO_LARGE);
}
