import type { StandardSchemaV1 } from "@standard-schema/spec";
import { getTableColumns, type Column } from "drizzle-orm";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { JsonNumber } from "./json-number.ts";
import { fieldType } from "./field-type.ts";
import { fittingRow, type FitRow } from "./fitting-row.ts";
import type { TableField } from "./table-field.ts";

export interface TableRecordOptions<Table extends AnyPgTable> {
  /** Names in the source, where they are not the columns' own: `{ flightDate: "date" }`. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string };
}

/**
 * Records that are rows of a table: each field, text or value, must be what its column's type takes. Made by `tableRecord`.
 * An operator with this and no transform is loaded without its records ever becoming JavaScript objects.
 */
export class TableRecord<Row> implements StandardSchemaV1<unknown, Row> {
  readonly fields: readonly TableField[];
  readonly "~standard": StandardSchemaV1.Props<unknown, Row>;
  readonly #typed: boolean;
  #fit: FitRow | undefined;

  constructor(fields: readonly TableField[], { typed = false }: { readonly typed?: boolean } = {}) {
    this.fields = fields;
    this.#typed = typed;
    this["~standard"] = {
      version: 1,
      vendor: "millrace",
      validate: (record) => this.#validate(record as Readonly<Record<string, unknown>>),
    };
  }

  /** The same for texts of any length. */
  ofAnyLength(): TableRecord<Row> {
    return new TableRecord(
      this.fields.map((field) => (field.type.kind === "text" ? { ...field, type: fieldType("text") } : field)),
      { typed: this.#typed },
    );
  }

  /** The same for records whose values have types of their own, as JSON's: text for a json column is then a text in JSON. */
  ofTypedValues(): TableRecord<Row> {
    return new TableRecord(this.fields, { typed: true });
  }

  #validate(record: Readonly<Record<string, unknown>>): StandardSchemaV1.Result<Row> {
    this.#fit ??= fittingRow(this.fields, this.#typed);
    const fitting = this.#fit(record);
    return fitting === undefined ? this.#judge(record) : { value: fitting as Row };
  }

  #judge(record: Readonly<Record<string, unknown>>): StandardSchemaV1.Result<Row> {
    const row: Record<string, unknown> = {};
    const issues: StandardSchemaV1.Issue[] = [];
    for (const field of this.fields) {
      const value = record[field.name];
      if (value === undefined) continue;
      if (field.type.kind === "json" && value !== null && (this.#typed || typeof value !== "string")) {
        row[field.key] = value;
        continue;
      }
      const text = valueText(value);
      const canonical = text instanceof FieldProblem ? text : canonicalText(field, text);
      if (canonical instanceof FieldProblem) issues.push({ path: [field.name], message: canonical.message });
      else row[field.key] = canonical === null ? null : field.type.value(canonical);
    }
    return issues.length > 0 ? { issues } : { value: row as Row };
  }
}

/** Why a field's text is no value of its column. */
export class FieldProblem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** What a value would be as text. */
function valueText(value: unknown): string | null | FieldProblem {
  if (value === null || typeof value === "string") return value;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (typeof value === "object" && !(value instanceof JsonNumber))
    return new FieldProblem(`${Array.isArray(value) ? "a list" : "an object"}, and its column takes none`);
  return String(value);
}

/** The text that PostgreSQL is given for a field. */
export function canonicalText({ type, notNull }: TableField, text: string | null): string | null | FieldProblem {
  // JSON's null is null: a transform could not tell the two apart either.
  const isNull = text === null || (type.kind === "json" && text.trim() === "null");
  if (isNull) return notNull ? new FieldProblem("null, and its column takes none") : null;
  return type.canonical(text) ?? new FieldProblem(type.problem);
}

/** The record that a table's columns ask for: text fields named as the columns, in the table's types. */
export function tableRecord<Table extends AnyPgTable>(
  table: Table,
  { fields }: TableRecordOptions<Table> = {},
): TableRecord<Table["$inferInsert"]> {
  const names = (fields ?? {}) as Readonly<Record<string, string>>;
  return new TableRecord(
    Object.entries(getTableColumns(table) as Record<string, Column>)
      .filter(([, column]) => column.generated === undefined && column.generatedIdentity?.type !== "always")
      .map(([key, column]) => ({
        name: names[key] ?? column.name,
        key,
        type: fieldType(column.getSQLType()),
        notNull: column.notNull,
        optional: column.hasDefault || column.generatedIdentity !== undefined,
      })),
  );
}
