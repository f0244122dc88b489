import { FatalError } from "../../errors/millrace-error.ts";
import { toJson } from "./json.ts";
import type { MetadataRaw, MetadataValue } from "./metadata-value.ts";

/** A cell of a metadata table; anything else becomes JSON text. */
export type TableCell = unknown;

/** A column as Dagster shows it. */
export interface TableColumn {
  readonly name: string;
  /** Any word that says what is in it, e.g. `bigint`; `string` where it is left out. */
  readonly type?: string;
  readonly description?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
  readonly constraints?: {
    readonly nullable?: boolean;
    readonly unique?: boolean;
    readonly other?: readonly string[];
  } | null;
}

type Cell = string | number | bigint | boolean | null;

/** A table in which each record has the same fields, as Dagster demands: a missing cell is null. */
export function tableValue(
  records: readonly Readonly<Record<string, unknown>>[],
  columns?: readonly TableColumn[],
): MetadataValue {
  if (!Array.isArray(records)) throw invalid("A metadata table needs an array of records");
  const names = new Set<string>(columns?.map((column) => String(column.name)));
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  const cells = records.map((record) =>
    Object.fromEntries([...names].map((name) => [name.toWellFormed(), toCell(record[name])])),
  );
  const known = new Set(columns?.map((column) => column.name));
  const found = [...names].filter((name) => !known.has(name)).map((name) => ({ name, type: columnType(cells, name) }));
  return { type: "table", raw_value: { records: cells, schema: [...(columns ?? []), ...found].map(toColumn) } };
}

export function tableSchemaValue(columns: readonly TableColumn[]): MetadataValue {
  if (!Array.isArray(columns)) throw invalid("A table schema needs an array of columns");
  return { type: "table_schema", raw_value: { columns: columns.map(toColumn) } };
}

function toCell(value: unknown): Cell {
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "boolean":
    case "bigint":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "undefined":
      return null;
    case "object": {
      if (value === null) return null;
      const json = toJson(value);
      return typeof json === "string"
        ? json
        : JSON.stringify(json, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
    }
    default:
      return String(value);
  }
}

function toColumn(column: TableColumn): MetadataRaw {
  const { name, type = "string", description, tags, constraints } = column;
  if (typeof name !== "string") throw invalid("A column of a metadata table has no name");
  return {
    name: name.toWellFormed(),
    type: String(type).toWellFormed(),
    description: description == null ? null : String(description).toWellFormed(),
    tags: Object.fromEntries(
      Object.entries(tags ?? {}).map(([key, value]) => [key.toWellFormed(), String(value).toWellFormed()]),
    ),
    constraints: constraints
      ? {
          nullable: constraints.nullable ?? true,
          unique: constraints.unique ?? false,
          other: (constraints.other ?? []).map((text) => String(text).toWellFormed()),
        }
      : null,
  };
}

function columnType(records: readonly Readonly<Record<string, Cell>>[], name: string): string {
  const types = new Set(records.map((record) => typeOf(record[name])).filter((type) => type !== null));
  if (types.size === 2 && types.has("int") && types.has("float")) return "float";
  const [only] = types;
  return types.size === 1 && only !== undefined ? only : "string";
}

function typeOf(cell: Cell | undefined): string | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "boolean") return "bool";
  if (typeof cell === "bigint") return "int";
  if (typeof cell === "number") return Number.isInteger(cell) ? "int" : "float";
  return "string";
}

function invalid(message: string): FatalError {
  return new FatalError("METADATA_INVALID", message, { fix: "See `metadata.table` and `metadata.tableSchema`" });
}
