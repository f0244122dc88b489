import type { MetadataRaw, MetadataValue } from "./metadata-value.ts";
import { trimJson, type TrimLimits, trimText } from "./trim.ts";

type Metadata = Readonly<Record<string, MetadataValue>>;

const linkTypes: ReadonlySet<string> = new Set(["url", "path", "notebook", "dagster_run", "asset"]);

/** Long texts, tables, schemas and JSON cut. Where the cut can not be marked inside the value, an entry beside it says so. */
export function trimMetadata(metadata: Metadata, limits: TrimLimits): Metadata {
  const all = Object.entries(metadata);
  const kept = all.slice(0, limits.maxItems);
  const entries = kept.flatMap(([name, value]) => {
    const { trimmed, remark } = trimValue(value, limits);
    const shortName = trimText(name, limits.maxText);
    return remark
      ? [entry(shortName, trimmed), entry(`${shortName} (trimmed)`, text(remark))]
      : [entry(shortName, trimmed)];
  });
  if (kept.length < all.length)
    entries.push(entry("… (trimmed)", text(`the first ${kept.length} of ${all.length} entries`)));
  return Object.fromEntries(entries);
}

function trimValue(value: MetadataValue, limits: TrimLimits): { trimmed: MetadataValue; remark?: string } {
  const { type, raw_value: raw } = value;
  if (type === "json") return { trimmed: { type, raw_value: trimJson(raw, limits) } };
  if (typeof raw === "string") {
    const short = trimText(raw, limits.maxText);
    // A link that was cut leads nowhere.
    return { trimmed: short === raw ? value : { type: linkTypes.has(type) ? "text" : type, raw_value: short } };
  }
  if (type === "table") return trimTable(raw as unknown as Table, limits);
  if (type === "table_schema") {
    const { columns } = raw as { columns: readonly Column[] };
    const kept = trimColumns(columns, limits);
    return withRemark({ type, raw_value: { columns: kept } }, kept.length, columns.length, "columns");
  }
  if (type === "table_column_lineage") {
    const all = Object.entries((raw as { deps_by_column: Record<string, readonly MetadataRaw[]> }).deps_by_column);
    const kept = all.slice(0, limits.maxItems).map(([name, sources]) => [name, sources.slice(0, limits.maxItems)]);
    return withRemark(
      { type, raw_value: { deps_by_column: Object.fromEntries(kept) } },
      kept.length,
      all.length,
      "columns",
    );
  }
  return { trimmed: value };
}

type Column = Readonly<Record<string, MetadataRaw>>;
interface Table {
  readonly records: readonly Readonly<Record<string, MetadataRaw>>[];
  readonly schema: readonly Column[];
}

function trimTable({ records, schema }: Table, limits: TrimLimits): { trimmed: MetadataValue; remark?: string } {
  const kept = records.slice(0, limits.maxItems).map((record) => trimRow(record, limits));
  const table: MetadataValue = { type: "table", raw_value: { records: kept, schema: trimColumns(schema, limits) } };
  return withRemark(table, kept.length, records.length, "records");
}

function trimRow(row: Readonly<Record<string, MetadataRaw>>, limits: TrimLimits): Record<string, MetadataRaw> {
  const cells = Object.entries(row).slice(0, limits.maxItems);
  return Object.fromEntries(
    cells.map(([name, cell]) => [name, typeof cell === "string" ? trimText(cell, limits.maxText) : cell]),
  );
}

function trimColumns(columns: readonly Column[], limits: TrimLimits): Column[] {
  return columns
    .slice(0, limits.maxItems)
    .map((column) => trimRow(column, { ...limits, maxItems: Number.POSITIVE_INFINITY }));
}

function withRemark(
  trimmed: MetadataValue,
  kept: number,
  all: number,
  what: string,
): { trimmed: MetadataValue; remark?: string } {
  return kept < all ? { trimmed, remark: `the first ${kept} of ${all} ${what}` } : { trimmed };
}

function entry(name: string, value: MetadataValue): [string, MetadataValue] {
  return [name, value];
}

function text(value: string): MetadataValue {
  return { type: "text", raw_value: value };
}
